/** The end that a job reports itself, and what follows from it. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FinishReport } from '@daypass/contract/job-protocol.ts'
import { endLocked, holdQueue } from '../deployments/end.ts'
import { findJob, type JobRow } from './job.sql.ts'
import { leaseLost, unknownJob } from './job.ts'
import { REMOVAL_FAILED, type SequelServices, sequelOf } from './sequel.ts'

const LONGEST_FAILURE_MESSAGE = 4000

/** Undefined when it is done, also when it was done before: a finish whose answer was lost is sent again. */
export async function finishJob(
  services: SequelServices,
  jobTokenHash: Buffer,
  report: FinishReport,
): Promise<Refusal | undefined> {
  const job = await findJob(services.db, jobTokenHash)
  if (!job) return unknownJob
  if (job.stackId !== null && (await end(services, job, job.stackId, report))) return undefined
  const now = await findJob(services.db, jobTokenHash)
  const isDone = now?.status === report.result || now?.failureCode === REMOVAL_FAILED
  return isDone ? undefined : leaseLost
}

async function end(
  services: SequelServices,
  job: JobRow,
  stackId: string,
  { result, failure }: FinishReport,
): Promise<boolean> {
  return services.db.transaction(async (tx) => {
    if (!(await holdQueue(tx, stackId))) return false
    const sequel = result === 'succeeded' ? await sequelOf(tx, services, job.deploymentId) : undefined
    const failed = result === 'failed' ? reported(failure) : sequel?.failure
    const ended = await endLocked(tx, services.ending, {
      id: job.deploymentId,
      stackId,
      from: ['running'],
      to: failed ? 'failed' : 'succeeded',
      fencing: job.fencing,
      onlyIfLost: null,
      onlyIfHeld: true,
      failureCode: failed?.code ?? null,
      failureMessage: failed?.message ?? null,
      // The runner, or what follows, has written into the log why it failed.
      sentence: null,
    })
    if (ended) await sequel?.follow()
    return ended !== undefined
  })
}

function reported(failure: FinishReport['failure']): { code: string; message: string } {
  return {
    code: failure?.code.slice(0, 100) ?? 'failed',
    message: keepable(failure?.message ?? 'The job failed.'),
  }
}

/** PostgreSQL keeps no NUL and no half of a surrogate pair. */
function keepable(message: string): string {
  return message.replaceAll('\0', '').slice(0, LONGEST_FAILURE_MESSAGE).toWellFormed()
}
