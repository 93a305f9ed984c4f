/**
 * Hands the oldest deployment that may start to one runner.
 *
 * Reads only heads that are ready: one probe for each organization that has one in the pool, however many wait. The
 * organization's row is locked before its counter is believed, so that the limit is never exceeded; claims of one
 * organization thus go one after another. The head itself is taken with `skip locked`: a claim never waits for a row
 * of the queue, and the partial unique index decides if all else fails.
 */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'
import type { StoredSettings } from '../settings/settings.ts'
import { openOrganizations, takeHead } from './claim.sql.ts'

/** What a claim fixes: names, operation and settings are these from now on. */
export interface ClaimedDeployment {
  readonly id: string
  readonly version: number
  readonly fencing: number
  readonly operation: Operation
  readonly settings: StoredSettings
  readonly timeoutSeconds: number
  readonly stackId: string
  readonly organizationId: string
  readonly organization: string
  readonly project: string
  readonly stack: string
  /** Since it was asked for. */
  readonly waitedSeconds: number
}

export interface Claimer {
  readonly poolId: string
  readonly poolTokenId: string
  readonly runnerName: string
  /** SHA-256 of the tokens that the job is going to hold. */
  readonly jobTokenHash: Buffer
  readonly stackTokenHash: Buffer
}

/** The oldest first; an organization that is full, or paused, is passed over. */
export async function claimNext(db: Queryable, claimer: Claimer): Promise<ClaimedDeployment | undefined> {
  for (const organizationId of await openOrganizations(db, claimer)) {
    const claimed = await takeHead(db, organizationId, claimer)
    if (claimed) return claimed
  }
  return undefined
}
