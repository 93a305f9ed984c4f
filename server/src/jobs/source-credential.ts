/**
 * What a job's own source is fetched with, where the git host gives a credential for it. The job names nothing: host
 * and repository are those that its deployment was fixed to.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { SourceCredential } from '@daypass/contract/job-protocol.ts'
import type { Database } from '../db/database.ts'
import type { LinkedRepositories } from '../deployments/linked-repository.ts'
import { isRefusal } from '../refuse.ts'
import { leaseLost, unknownJob } from './job.ts'
import { findSource } from './source-credential.sql.ts'

export async function sourceCredential(
  { db, linked }: { readonly db: Database; readonly linked: LinkedRepositories },
  jobTokenHash: Buffer,
): Promise<SourceCredential | 'away' | Refusal> {
  const source = await findSource(db, jobTokenHash)
  if (!source) return unknownJob
  if (!source.live) return leaseLost
  const { gitHostId, repositoryUrl } = source
  if (gitHostId === null || repositoryUrl === null) return notFromHost
  const auth = await linked.cloneCredential(gitHostId, repositoryUrl)
  return isRefusal(auth) || auth === 'away' ? auth : { auth }
}

const notFromHost: Refusal = {
  status: 403,
  reason: 'source_not_from_host',
  message:
    'The source of this deployment is named by its settings, or its git host is no longer connected: connect the host again, or save sourceContext.git.repoUrl with a gitAuth.',
}
