/** The end that a job reports itself, and what follows from it. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FinishReport } from '@daypass/contract/job-protocol.ts'
import { endLocked, holdQueue } from '../deployments/end.ts'
import { addServerStep } from '../logs/append.ts'
import { findJob, type JobRow } from './job.sql.ts'
import { leaseLost, unknownJob } from './job.ts'
import { LEAK_STEP, type LeakServices, leakedOutputs, leakWarning } from './leaked-outputs.ts'
import { REMOVAL_FAILED, type SequelServices, sequelOf } from './sequel.ts'

export type FinishServices = SequelServices & LeakServices

const LONGEST_FAILURE_MESSAGE = 4000

/** Undefined when it is done, also when it was done before: a finish whose answer was lost is sent again. */
export async function finishJob(
  services: FinishServices,
  jobTokenHash: Buffer,
  report: FinishReport,
): Promise<Refusal | undefined> {
  const job = await findJob(services.db, jobTokenHash)
  if (!job) return unknownJob
  if (job.stackId !== null && (await endWithWarning(services, job, job.stackId, report))) return undefined
  const now = await findJob(services.db, jobTokenHash)
  const isDone = now?.status === report.result || now?.failureCode === REMOVAL_FAILED
  return isDone ? undefined : leaseLost
}

/** The outputs are read before the queue is held: a state may be large. */
async function endWithWarning(
  services: FinishServices,
  job: JobRow,
  stackId: string,
  report: FinishReport,
): Promise<boolean> {
  const leaked = await leakedOutputs(services, { deploymentId: job.deploymentId, stackId })
  return end(services, job, stackId, report, leaked)
}

async function end(
  services: SequelServices,
  job: JobRow,
  stackId: string,
  { result, failure }: FinishReport,
  leaked: readonly string[],
): Promise<boolean> {
  const ended = await services.db.transaction(async (tx) => {
    if (!(await holdQueue(tx, stackId))) return undefined
    const sequel = result === 'succeeded' ? await sequelOf(tx, services, job) : undefined
    const failed = result === 'failed' ? reported(failure) : sequel?.failure
    const to = failed ? 'failed' : 'succeeded'
    const row = await endLocked(tx, services.ending, {
      id: job.deploymentId,
      stackId,
      from: ['running'],
      to,
      fencing: job.fencing,
      onlyIfLost: null,
      onlyIfHeld: true,
      failureCode: failed?.code ?? null,
      failureMessage: failed?.message ?? null,
      // The runner, or what follows, has written into the log why it failed.
      sentence: null,
    })
    if (row && leaked.length > 0) {
      const step = { name: LEAK_STEP, status: 'succeeded', sentences: [leakWarning(leaked)] } as const
      await addServerStep(tx, job.deploymentId, step, services.now())
    }
    if (row) await sequel?.follow()
    return row && ({ operation: row.operation, result: to } as const)
  })
  if (ended) services.ending.counted(ended)
  return ended !== undefined
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
