/**
 * What a client reads of a log: the tail, from a cursor on, and single steps.
 *
 * A tail stays at a step until the step has ended, so that nothing appended to it is missed. The state of the
 * deployment is read before its steps and lines: once it says "ended", they are complete.
 */
import type { DeploymentLogs, DeploymentLogsStep, LogEntry } from '@daypass/contract/deployments.ts'
import type { Queryable } from '../db/database.ts'
import { readChunks } from './chunk.sql.ts'
import type { Cursor } from './log.ts'
import { START, tokenOf, toldOf } from './log.ts'
import { MOST_STEPS, stepsFrom, type TailStep } from './step.sql.ts'

const MOST_LINES = 1000
const MOST_BYTES = 1024 * 1024
const CHUNKS_AT_A_TIME = 16

/** What the tail needs to know of the deployment, read first. */
export interface TailedDeployment {
  readonly id: string
  readonly operation: string
  readonly ended: boolean
  /** Whether the job's `pulumi` has begun an update that clients can follow. */
  readonly hasUpdate: boolean
  /** Null: it is there. */
  readonly logDeletedAt: Date | null
}

type Line = readonly [timestamp: string, text: string]

export async function readTail(
  db: Queryable,
  deployment: TailedDeployment,
  from: Cursor,
): Promise<DeploymentLogs> {
  const steps = await stepsFrom(db, deployment.id, from.step)
  const entries: LogEntry[] = []
  const room = { lines: MOST_LINES, bytes: MOST_BYTES }
  let cursor = from
  for (const step of steps) {
    if (step.step > cursor.step) cursor = { step: step.step, seen: 0 }
    if (cursor.seen === 0) {
      const header = headerOf(step, deployment)
      if (header === undefined) return answer(entries, cursor)
      entries.push({ header })
      cursor = { ...cursor, seen: 1 }
    }
    const lines = await linesFrom(db, deployment.id, step, cursor.seen - 1, room)
    entries.push(...lines.map(([timestamp, line]) => ({ timestamp, line })))
    cursor = { ...cursor, seen: cursor.seen + lines.length }
    const isOver = deployment.ended || step.status === 'succeeded' || step.status === 'failed'
    if (!isOver || cursor.seen - 1 < step.lineCount) return answer(entries, cursor)
  }
  const isAll = deployment.ended && steps.length < MOST_STEPS
  return answer(entries, isAll ? undefined : cursor)
}

function answer(lines: LogEntry[], cursor: Cursor | undefined): DeploymentLogs {
  return { __type: 'DeploymentLogs', lines, ...(cursor && { nextToken: tokenOf(cursor) }) }
}

/** Nothing has begun: why, once for each reason. Clients print a line as it is, also before the first header. */
export function waitingTail(sentence: string, { told }: Cursor, now: Date): DeploymentLogs {
  const cursor = { ...START, told: toldOf(sentence) }
  if (told === cursor.told) return answer([], cursor)
  return answer([{ timestamp: now.toISOString(), line: `${sentence}\n` }], cursor)
}

/**
 * Undefined: not to be shown yet. At a header of exactly `pulumi <operation>` the CLI leaves the log for the engine's
 * events and gives up when there are none within 5 s; so it is held back until they can be had.
 */
function headerOf(step: TailStep, deployment: TailedDeployment): string | undefined {
  if (step.name !== `pulumi ${deployment.operation}` || deployment.hasUpdate) return step.name
  const mayStillBegin = !deployment.ended && step.status === 'running'
  return mayStillBegin ? undefined : `${step.name} (ended before it began an update)`
}

/** Lines of one step from a line on, as many as there is room for; one at least, if there is one. */
export async function linesFrom(
  db: Queryable,
  deploymentId: string,
  step: TailStep,
  line: number,
  room: { lines: number; bytes: number },
): Promise<readonly Line[]> {
  const found: Line[] = []
  let at = line
  while (at < step.lineCount && room.lines > 0 && room.bytes > 0) {
    const chunks = await readChunks(db, { deploymentId, step: step.step, line: at }, CHUNKS_AT_A_TIME)
    const before = at
    for (const { firstLine, lines } of chunks) {
      // We wrote them ourselves, in `append`.
      for (const one of (JSON.parse(lines) as Line[]).slice(Math.max(0, at - firstLine))) {
        if (room.lines <= 0 || room.bytes <= 0 || at >= step.lineCount) return found
        found.push(one)
        at += 1
        room.lines -= 1
        room.bytes -= one[1].length
      }
    }
    if (at === before) return found
  }
  return found
}

export interface StepPage {
  readonly step: number
  readonly offset: number
  readonly count: number
}

/** Undefined when there is no such step (yet). */
export async function readStep(
  db: Queryable,
  deploymentId: string,
  page: StepPage,
): Promise<DeploymentLogsStep | undefined> {
  const [step] = await stepsFrom(db, deploymentId, page.step)
  if (step?.step !== page.step) return undefined
  const room = { lines: page.count, bytes: MOST_BYTES }
  const lines = await linesFrom(db, deploymentId, step, page.offset, room)
  const next = page.offset + lines.length
  return {
    __type: 'DeploymentLogsStep',
    name: step.name,
    lines: lines.map(([timestamp, line]) => ({ timestamp, line })),
    ...(lines.length > 0 && next < step.lineCount && { nextOffset: next }),
  }
}
