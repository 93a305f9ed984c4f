/**
 * A log as it is written, with its steps: what a stream tells from a place on, and the names of places.
 *
 * The state of the deployment is read before its steps, and these before their lines: once it has ended they are
 * complete. Lines are numbered in their step and never change, so a place is a step and a number, in whatever server.
 */
import type { LogStreamLine, LogStreamStep } from '@daypass/contract/log-stream.ts'
import type { Queryable } from '../db/database.ts'
import type { StreamedEvent } from '../http/event-stream.ts'
import { MOST_STEPS, stepsFrom, type TailStep } from './step.sql.ts'
import type { StreamedDeployment } from './stream.sql.ts'
import { linesFrom } from './tail.ts'

/** What comes next. */
export interface Place {
  readonly step: number
  readonly line: number
}

/** The id of the last event: a client that comes back with it has everything. */
export const OVER = 'over'
const MOST_LINES = 500
const MOST_BYTES = 256 * 1024

export function idOf({ step, line }: Place): string {
  return `${step}.${line}`
}

/** Undefined for what {@link idOf} did not make. Empty means the beginning. */
export function placeOf(id: string): Place | undefined {
  if (id === '') return { step: 0, line: 0 }
  const [, step, line] = /^(\d{1,6})\.(\d{1,9})$/.exec(id) ?? []
  return step === undefined || line === undefined ? undefined : { step: Number(step), line: Number(line) }
}

/** What one client was told. */
export interface Told {
  place: Place
  /** Of the steps that may still change, by number. */
  readonly statuses: Map<number, TailStep['status']>
  /** Every step before it has ended, and was told. */
  firstOpen: number
}

/** Everything that is new at this moment. @returns Whether the deployment has ended and all of it was told. */
export async function* newsOf(
  db: Queryable,
  deployment: StreamedDeployment,
  told: Told,
): AsyncGenerator<StreamedEvent, boolean> {
  const changed = await changedSteps(db, deployment.id, told)
  if (changed.length > 0) yield { event: 'steps', id: idOf(told.place), data: changed }
  for (;;) {
    const { lines, next, isAll } = await linesAfter(db, deployment, told.place)
    // Before it is told: who stops reading here has it by its id.
    told.place = next
    if (lines.length > 0) yield { event: 'lines', id: idOf(next), data: lines }
    if (isAll) break
  }
  if (!deployment.ended) return false
  const { version, status } = deployment
  yield { event: 'end', id: OVER, data: { version, status } }
  return true
}

async function changedSteps(db: Queryable, deploymentId: string, told: Told): Promise<LogStreamStep[]> {
  const changed: LogStreamStep[] = []
  for (let from = told.firstOpen; ; ) {
    const steps = await stepsFrom(db, deploymentId, from)
    for (const { step, name, status } of steps) {
      if (told.statuses.get(step) !== status) changed.push({ step, name, status })
      told.statuses.set(step, status)
    }
    const last = steps.at(-1)
    if (last === undefined || steps.length < MOST_STEPS) break
    from = last.step + 1
  }
  while (isOver(told.statuses.get(told.firstOpen))) {
    told.statuses.delete(told.firstOpen)
    told.firstOpen += 1
  }
  return changed
}

interface NewLines {
  readonly lines: readonly LogStreamLine[]
  readonly next: Place
  readonly isAll: boolean
}

async function linesAfter(db: Queryable, deployment: StreamedDeployment, from: Place): Promise<NewLines> {
  const room = { lines: MOST_LINES, bytes: MOST_BYTES }
  const steps = await stepsFrom(db, deployment.id, from.step)
  const found: LogStreamLine[] = []
  let place = from
  for (const step of steps) {
    if (step.step > place.step) place = { step: step.step, line: 0 }
    const lines = await linesFrom(db, deployment.id, step, place.line, room)
    const first = place.line
    found.push(
      ...lines.map(([timestamp, text], index) => ({
        step: step.step,
        index: first + index,
        timestamp,
        text,
      })),
    )
    place = { step: step.step, line: first + lines.length }
    if (place.line < step.lineCount) return { lines: found, next: place, isAll: false }
    // More may be appended to it.
    if (!deployment.ended && !isOver(step.status)) return { lines: found, next: place, isAll: true }
  }
  return { lines: found, next: place, isAll: steps.length < MOST_STEPS }
}

function isOver(status: TailStep['status'] | undefined): boolean {
  return status === 'succeeded' || status === 'failed'
}
