/** From a job token to the repository that its deployment was fixed to. */
import type { Queryable } from '../db/database.ts'

export interface SourceRow {
  readonly live: boolean
  /** Null: its settings name the source, or the host was disconnected. */
  readonly gitHostId: string | null
  readonly repositoryUrl: string | null
}

const FIND = {
  name: 'source-of-job',
  text: /* sql */ `
    select status = 'running' and lease_until > clock_timestamp() as live, git_host_id as "gitHostId",
           settings #>> '{sourceContext,git,repoUrl}' as "repositoryUrl"
      from deployments where job_token_hash = $1`,
}

export async function findSource(db: Queryable, jobTokenHash: Buffer): Promise<SourceRow | undefined> {
  return (await db.query<SourceRow>(FIND, [jobTokenHash])).rows[0]
}
