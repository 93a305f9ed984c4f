/** The fingerprints of a deployment's credentials, as its runner told them. */
import { createHash } from 'node:crypto'
import type { FingerprintReport } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'

const INSERT = {
  name: 'fingerprints-insert',
  text: /* sql */ `
    insert into credential_fingerprints (deployment_id, mac_key, report) values ($1, decode($2, 'hex'), $3)
    on conflict (deployment_id, mac_key) do nothing`,
}

/**
 * A report that is repeated is kept once: by the digest of all that it says, for a job makes its reports with one key. (The
 * column is called `mac_key`, of which former servers keep one report each.)
 */
export async function insertFingerprints(
  tx: Queryable,
  deploymentId: string,
  report: FingerprintReport,
): Promise<void> {
  await tx.query(INSERT, [deploymentId, digestOf(report), JSON.stringify(report)])
}

function digestOf({ multiplier, key, fingerprints }: FingerprintReport): string {
  const said = fingerprints.map(({ anchor, length, mac }) => `${anchor} ${length} ${mac}`)
  return createHash('sha256')
    .update([multiplier, key, ...said].join('\n'))
    .digest('hex')
}

const IDS_OF_UPDATE = {
  name: 'fingerprints-ids-of-update',
  text: /* sql */ `
    select f.id from updates u join credential_fingerprints f on f.deployment_id = u.deployment_id
     where u.id = $1 order by f.id`,
}

/** Reports of the deployment that makes the update; none for an update that a person makes. */
export async function reportIdsOfUpdate(db: Queryable, updateId: string): Promise<number[]> {
  return (await db.query<{ id: number }>(IDS_OF_UPDATE, [updateId])).rows.map(({ id }) => id)
}

const IDS_OF_DEPLOYMENT = {
  name: 'fingerprints-ids-of-deployment',
  text: /* sql */ `select id from credential_fingerprints where deployment_id = $1 order by id`,
}

export async function reportIdsOfDeployment(db: Queryable, deploymentId: string): Promise<number[]> {
  return (await db.query<{ id: number }>(IDS_OF_DEPLOYMENT, [deploymentId])).rows.map(({ id }) => id)
}

const REPORTS = {
  name: 'fingerprints-reports',
  text: /* sql */ `select report from credential_fingerprints where id = any($1::bigint[]) order by id`,
}

export async function selectReports(db: Queryable, ids: readonly number[]): Promise<FingerprintReport[]> {
  return (await db.query<{ report: FingerprintReport }>(REPORTS, [ids])).rows.map(({ report }) => report)
}
