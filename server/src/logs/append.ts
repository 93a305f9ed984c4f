/** Writing to a log. Call these in a transaction that has checked who writes. */

import type { Refusal } from '@daypass/contract/errors.ts'
import type { LogAppend, StepReport } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'
import { addChunk, countDropped, lockStep, logBytes } from './chunk.sql.ts'
import { FIRST_STEP_NAME, isTimestamp, LARGEST_LOG_BYTES, LOG_FULL_LINE, place, stepName } from './log.ts'
import { closeRunningSteps, lastStep, makeEndedStep, reportStep } from './step.sql.ts'

/** Takes our own tokens out of a JSON text. */
export type Blot = (json: string) => string

/** Begins or ends a step. The first one opens with the notes, if there are any. */
export async function writeStep(
  tx: Queryable,
  deploymentId: string,
  report: StepReport,
  first: { readonly notes: readonly string[]; readonly now: Date },
): Promise<void> {
  const begun = await reportStep(tx, deploymentId, { ...report, name: stepName(report.name) })
  if (!begun || report.step !== 0 || first.notes.length === 0) return
  await writeServerLines(tx, deploymentId, 0, first.notes, first.now)
}

/** Appends a job's lines, at the offset that it counts itself. */
export async function appendLines(
  tx: Queryable,
  deploymentId: string,
  { step, offset, lines }: LogAppend,
  blot: Blot,
): Promise<{ readonly nextOffset: number } | Refusal> {
  const bad = lines.find(({ timestamp }) => !isTimestamp(timestamp))
  if (bad) return refusal(400, 'invalid_request', 'lines[].timestamp must be a time by RFC 3339.')
  const counts = await lockStep(tx, deploymentId, step)
  if (!counts) return refusal(409, 'unknown_step', `Step ${step} has not begun; report it first.`)
  const placed = place(counts, offset, lines)
  if (placed.kind === 'gap') {
    return refusal(409, 'log_gap', `Step ${step} has ${placed.expected} lines; append from there.`)
  }
  const { fresh, nextOffset } = placed
  if (fresh.length === 0) return { nextOffset }
  if (counts.droppedLines > 0) {
    await countDropped(tx, deploymentId, step, fresh.length)
    return { nextOffset }
  }
  const json = blot(JSON.stringify(fresh.map(({ timestamp, line }) => [timestamp, line])))
  if ((await logBytes(tx, deploymentId)) + Buffer.byteLength(json) > LARGEST_LOG_BYTES) {
    const marker = JSON.stringify([[fresh[0]?.timestamp, LOG_FULL_LINE]])
    await addChunk(tx, { deploymentId, step, lineCount: 1, serverLines: 1, lines: marker })
    await countDropped(tx, deploymentId, step, fresh.length)
  } else {
    await addChunk(tx, { deploymentId, step, lineCount: fresh.length, serverLines: 0, lines: json })
  }
  return { nextOffset }
}

/** Ends what still runs, and says why where the user reads: at the end of the last step. */
export async function closeLog(
  tx: Queryable,
  deploymentId: string,
  end: {
    readonly status: 'succeeded' | 'failed' | 'skipped'
    readonly sentence: string | null
    readonly now: Date
  },
): Promise<void> {
  await closeRunningSteps(tx, deploymentId, end.status === 'succeeded' ? 'succeeded' : 'failed')
  if (end.sentence === null) return
  const last = await lastStep(tx, deploymentId)
  if (last === undefined) {
    const status = end.status === 'skipped' ? 'not-started' : end.status
    await makeEndedStep(tx, deploymentId, { step: 0, name: FIRST_STEP_NAME, status })
  }
  await writeServerLines(tx, deploymentId, last ?? 0, [end.sentence], end.now)
}

/** Sentences of the server, at the end of the last step. */
export async function sayInLog(
  tx: Queryable,
  deploymentId: string,
  sentences: readonly string[],
  now: Date,
): Promise<void> {
  const last = await lastStep(tx, deploymentId)
  if (last !== undefined) await writeServerLines(tx, deploymentId, last, sentences, now)
}

/** A step that the server itself has done, after those of the job. */
export async function addServerStep(
  tx: Queryable,
  deploymentId: string,
  step: {
    readonly name: string
    readonly status: 'succeeded' | 'failed'
    readonly sentences: readonly string[]
  },
  now: Date,
): Promise<void> {
  const number = ((await lastStep(tx, deploymentId)) ?? -1) + 1
  await makeEndedStep(tx, deploymentId, { step: number, name: step.name, status: step.status })
  await writeServerLines(tx, deploymentId, number, step.sentences, now)
}

async function writeServerLines(
  tx: Queryable,
  deploymentId: string,
  step: number,
  sentences: readonly string[],
  now: Date,
): Promise<void> {
  const lines = JSON.stringify(sentences.map((sentence) => [now.toISOString(), `${sentence}\n`]))
  await addChunk(tx, {
    deploymentId,
    step,
    lineCount: sentences.length,
    serverLines: sentences.length,
    lines,
  })
}

function refusal(status: 400 | 409, reason: string, message: string): Refusal {
  return { status, reason, message }
}
