/**
 * Carries a job's steps and log lines to the server, in order, each exactly once.
 *
 * Lines wait here for at most a tenth of a second. When the server is slower than the job, `output` stops reading,
 * the step's pipe fills, and the program waits: memory stays bounded and no line is dropped.
 */
import type { LogAppend, StepReport } from '@daypass/contract/job-protocol.ts'
import { type JobPlane, untilAnswered } from '../control-plane.ts'
import { type Pause, sleepUntil } from '../pause.ts'
import { redactedLines } from './lines.ts'
import type { Redactor } from './redact.ts'

const MOST_LINES_IN_BATCH = 1_000
const MOST_BYTES_IN_BATCH = 256_000
const MOST_LINES_WAITING = 5_000
const MOST_BYTES_WAITING = 4_000_000
const GATHERING_MS = 60

export interface StepLog {
  /** A sentence of the runner's own, redacted like everything else. */
  say(sentence: string): void
  /** Everything that a step's process prints, to its end. */
  output(stream: AsyncIterable<Buffer>): Promise<void>
  end(status: 'succeeded' | 'failed'): void
}

export interface JobLog {
  beginStep(name: string): StepLog
  /** Resolves when everything so far has been accepted, or never will be because the lease is lost. */
  flush(): Promise<void>
}

export interface JobLogOptions {
  readonly plane: Pick<JobPlane, 'step' | 'log'>
  readonly redactor: Redactor
  readonly now: () => Date
  readonly pause: Pause
  /** The runner's own log, for what cannot reach the deployment's. */
  readonly report: (sentence: string) => void
  /** Aborted when the job may write nothing any more. */
  readonly over: AbortSignal
}

type Entry =
  | { readonly kind: 'step'; readonly report: StepReport }
  | {
      readonly kind: 'line'
      readonly step: number
      readonly timestamp: string
      readonly line: string
      readonly bytes: number
    }

export function openJobLog(options: JobLogOptions): JobLog {
  const queue: Entry[] = []
  const offsets = new Map<number, number>()
  let waitingBytes = 0
  let steps = 0
  let pumping: Promise<void> | undefined
  let hurry = new AbortController()
  let flushing = false
  let drained = Promise.withResolvers<void>()

  /** Each abort makes an exception, which is too much for each line of a flood. */
  function makeHaste(): void {
    if (!hurry.signal.aborted) hurry.abort()
  }

  function push(entry: Entry): void {
    if (options.over.aborted) return
    queue.push(entry)
    if (entry.kind === 'line') waitingBytes += entry.bytes
    if (entry.kind === 'step' || queue.length >= MOST_LINES_IN_BATCH) makeHaste()
    pumping ??= pump()
  }

  async function pump(): Promise<void> {
    while (queue.length > 0 && !options.over.aborted) {
      if (!flushing) await sleepUntil(GATHERING_MS, AbortSignal.any([hurry.signal, options.over]))
      hurry = new AbortController()
      await sendNext()
      drained.resolve()
      drained = Promise.withResolvers<void>()
    }
    // In the same breath as the look at the queue, so that no entry is pushed to a pump that has just stopped.
    pumping = undefined
    if (options.over.aborted) queue.length = 0
    drained.resolve()
    drained = Promise.withResolvers()
  }

  async function sendNext(): Promise<void> {
    const head = queue[0]
    if (!head) return
    if (head.kind === 'step') {
      queue.shift()
      // What follows a step's report should not wait for company.
      makeHaste()
      return deliver(`step ${head.report.step}`, () => options.plane.step(head.report, options.over))
    }
    const lines = takeLines(head.step)
    const offset = offsets.get(head.step) ?? 0
    offsets.set(head.step, offset + lines.length)
    if (queue.length > 0) makeHaste()
    await deliver('log lines', () => options.plane.log({ step: head.step, offset, lines }, options.over))
  }

  function takeLines(step: number): LogAppend['lines'] {
    let bytes = 0
    let count = 0
    for (const entry of queue) {
      if (entry.kind !== 'line' || entry.step !== step || count === MOST_LINES_IN_BATCH) break
      if (count > 0 && bytes + entry.bytes > MOST_BYTES_IN_BATCH) break
      bytes += entry.bytes
      count += 1
    }
    waitingBytes -= bytes
    return queue
      .splice(0, count)
      .flatMap((entry) => (entry.kind === 'line' ? [{ timestamp: entry.timestamp, line: entry.line }] : []))
  }

  async function deliver(what: string, call: Parameters<typeof untilAnswered<unknown>>[0]): Promise<void> {
    const answer = await untilAnswered(call, options.over, options.pause)
    if (answer.kind === 'refused') options.report(`The server refused ${what}: ${answer.sentence}`)
  }

  function add(step: number, line: string): void {
    const bytes = Buffer.byteLength(JSON.stringify(line)) + 64
    push({ kind: 'line', step, timestamp: options.now().toISOString(), line, bytes })
  }

  async function room(): Promise<void> {
    while (
      (queue.length > MOST_LINES_WAITING || waitingBytes > MOST_BYTES_WAITING) &&
      !options.over.aborted
    ) {
      await drained.promise
    }
  }

  return {
    beginStep(name) {
      const step = steps
      steps += 1
      push({ kind: 'step', report: { step, name, status: 'running' } })
      return {
        say: (sentence) => add(step, `${options.redactor.redact(sentence)}\n`),
        async output(stream) {
          for await (const lines of redactedLines(stream, options.redactor)) {
            for (const line of lines) add(step, line)
            await room()
          }
        },
        end: (status) => push({ kind: 'step', report: { step, name, status } }),
      }
    },
    async flush() {
      flushing = true
      makeHaste()
      while (pumping) await pumping
      flushing = false
    },
  }
}
