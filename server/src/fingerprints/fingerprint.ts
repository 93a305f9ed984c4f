/**
 * Recognizes a deployment's credentials where its program sends text past the runner: engine events and outputs.
 *
 * Owns: the fingerprints that runners report, and what is found with them. Does not own: how they are made (the runner),
 * nor our own tokens, which are recognized by their shape (state/blot). The server never has a credential.
 */
import type { FingerprintReport } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'
import { isUuid } from '../db/uuid.ts'
import {
  insertFingerprints,
  reportIdsOfDeployment,
  reportIdsOfUpdate,
  selectReports,
} from './fingerprint.sql.ts'
import { type Matcher, matcherOf, NO_CREDENTIALS } from './matcher.ts'

/** Matchers of deployments that run, by their reports: making one costs more than a batch of events does. */
const MOST_CACHED = 200

export interface Fingerprints {
  /** As the deployment's runner reports them; in the transaction of the look at its lease. */
  keep(tx: Queryable, deploymentId: string, report: FingerprintReport): Promise<void>
  /** Of the deployment that makes this update; finds nothing in a person's, and for what is no id. */
  ofUpdate(updateId: string): Promise<Matcher>
  ofDeployment(deploymentId: string): Promise<Matcher>
}

export function fingerprintsIn(db: Queryable): Fingerprints {
  const cached = new Map<string, Matcher>()

  async function matcher(ids: readonly number[]): Promise<Matcher> {
    if (ids.length === 0) return NO_CREDENTIALS
    const key = ids.join(',')
    const known = cached.get(key)
    if (known) return known
    const made = matcherOf(await selectReports(db, ids))
    const [oldest] = cached.keys()
    if (cached.size >= MOST_CACHED && oldest !== undefined) cached.delete(oldest)
    cached.set(key, made)
    return made
  }

  return {
    keep: insertFingerprints,
    ofUpdate: async (updateId) =>
      isUuid(updateId) ? matcher(await reportIdsOfUpdate(db, updateId)) : NO_CREDENTIALS,
    ofDeployment: async (deploymentId) => matcher(await reportIdsOfDeployment(db, deploymentId)),
  }
}
