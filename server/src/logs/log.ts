/**
 * The log of a deployment: steps with a name and a state, and lines in each.
 *
 * Owns: appending by offset, the server's own sentences, the tail that clients follow, and its tokens. Does not own:
 * which steps there are (the runner reports them) nor who may write (jobs checks the lease in the same transaction).
 *
 * A job counts its own lines from 0 in each step. Repeating an append is harmless, a gap is refused. Lines that the
 * server adds (notes at the head of the log, why a deployment ended) and lines dropped because the log is full do
 * not disturb that count.
 */
import { createHash } from 'node:crypto'
import type { LogAppend } from '@daypass/contract/job-protocol.ts'

export type LogLine = LogAppend['lines'][number]

/** Payload: the deployment's id. Sent when lines or steps were added, and when it ended. */
export const LOG_CHANNEL = 'deployment_log'

/** What a deployment's log may hold, in bytes of UTF-8. A program that prints without end must not fill the disk. */
export const LARGEST_LOG_BYTES = 64 * 1024 * 1024
export const LOG_FULL_LINE = `The log of this deployment has reached ${LARGEST_LOG_BYTES / 1024 / 1024} MB; what follows in this step is not kept.\n`
/** Where the server writes when the job has not begun a step. */
export const FIRST_STEP_NAME = 'Setup'

/** The time by the rules of RFC 3339, which every client can read. */
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/

export function isTimestamp(text: string): boolean {
  return TIMESTAMP.test(text) && !Number.isNaN(Date.parse(text))
}

/** What a step has, as far as appending goes. */
export interface StepCounts {
  readonly lineCount: number
  readonly serverLines: number
  readonly droppedLines: number
}

export type Placed =
  | { readonly kind: 'gap'; readonly expected: number }
  | { readonly kind: 'fits'; readonly fresh: readonly LogLine[]; readonly nextOffset: number }

/** Which of the lines are new, given what the step already has of this job. */
export function place(step: StepCounts, offset: number, lines: readonly LogLine[]): Placed {
  const have = step.lineCount - step.serverLines + step.droppedLines
  if (offset > have) return { kind: 'gap', expected: have }
  return {
    kind: 'fits',
    fresh: lines.slice(have - offset),
    nextOffset: Math.max(have, offset + lines.length),
  }
}

/**
 * The CLI leaves the log for the engine's events at a header of exactly `pulumi <operation>`, and crashes on one for
 * an operation that it has no updates of.
 */
export function stepName(reported: string): string {
  const name = reported.replace(/\p{Cc}/gu, ' ').toWellFormed()
  const drift = /^pulumi ((?:detect|remediate)-drift)$/.exec(name)?.[1]
  return drift === undefined ? name : drift === 'detect-drift' ? 'Detect drift' : 'Remediate drift'
}

/** Where a client is in the tail: `seen` counts the header as 1 and then each line. */
export interface Cursor {
  readonly step: number
  readonly seen: number
  /** Before the first step: which sentence about the wait it was told last. */
  readonly told?: string
}

export const START: Cursor = { step: 0, seen: 0 }

/** `job-step-seen`, before the first step `job-0-0-told`. Old clients do not escape it in a URL, hence no dots. */
export function tokenOf({ step, seen, told }: Cursor): string {
  return step === 0 && seen === 0 && told !== undefined ? `0-0-0-${told}` : `0-${step}-${seen}`
}

/** Stands for a sentence in a token. */
export function toldOf(sentence: string): string {
  return createHash('sha256').update(sentence).digest('hex').slice(0, 8)
}

/** Undefined for what {@link tokenOf} did not make. Empty means the beginning. */
export function cursorOf(token: string): Cursor | undefined {
  if (token === '') return START
  const told = /^0-0-0-([0-9a-f]{8})$/.exec(token)?.[1]
  if (told !== undefined) return { ...START, told }
  const [, step, seen] = /^0-(\d{1,6})-(\d{1,9})$/.exec(token) ?? []
  return step === undefined || seen === undefined ? undefined : { step: Number(step), seen: Number(seen) }
}
