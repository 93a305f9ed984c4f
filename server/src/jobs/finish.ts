/** The end that a job reports itself. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FinishReport } from '@daypass/contract/job-protocol.ts'
import type { Database } from '../db/database.ts'
import type { Ending } from '../deployments/deployment.ts'
import { endDeployment } from '../deployments/end.ts'
import { findJob } from './job.sql.ts'
import { leaseLost, unknownJob } from './job.ts'

const LONGEST_FAILURE_MESSAGE = 4000

/** Undefined when it is done, also when it was done before: a finish whose answer was lost is sent again. */
export async function finishJob(
  { db, ending }: { readonly db: Database; readonly ending: Ending },
  jobTokenHash: Buffer,
  { result, failure }: FinishReport,
): Promise<Refusal | undefined> {
  const job = await findJob(db, jobTokenHash)
  if (!job) return unknownJob
  const ended = await endDeployment(db, ending, {
    id: job.deploymentId,
    stackId: job.stackId,
    from: ['running'],
    to: result,
    fencing: job.fencing,
    onlyIfLost: null,
    onlyIfHeld: true,
    failureCode: result === 'failed' ? (failure?.code.slice(0, 100) ?? 'failed') : null,
    failureMessage: result === 'failed' ? keepable(failure?.message ?? 'The job failed.') : null,
    // The runner has written into the log why it failed.
    sentence: null,
  })
  if (ended) return undefined
  const now = await findJob(db, jobTokenHash)
  return now?.status === result ? undefined : leaseLost
}

/** PostgreSQL keeps no NUL and no half of a surrogate pair. */
function keepable(message: string): string {
  return message.replaceAll('\0', '').slice(0, LONGEST_FAILURE_MESSAGE).toWellFormed()
}
