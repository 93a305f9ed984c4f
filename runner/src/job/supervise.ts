/**
 * Watches over a running job from outside: keeps its lease, hears of a cancel, minds its time limit, and decides
 * when its processes are asked to stop (`interrupt`) and when they are ended (`kill`).
 *
 * All times are durations on this machine's monotonic clock. A beat counts from when it was *sent*, so the lease
 * that the runner believes in never ends later than the one that the server keeps.
 */
import type { LeaseTimes } from '@daypass/contract/job-protocol.ts'
import type { Answer, JobPlane } from '../control-plane.ts'
import { type Pause, sleepUntil } from '../pause.ts'
import { type Failure, failure } from './failure.ts'

/** Without a lease nothing can be saved; only plugins that clean up after themselves gain from waiting. */
const GRACE_WITHOUT_LEASE_SECONDS = 2
/** The processes of the job are dead this long before the lease ends. */
const MARGIN_SECONDS = 1
const CANCELLATION_WAIT_SECONDS = 25

export interface Supervision {
  /** Aborted, with the failure as its reason, when the job must stop. */
  readonly interrupt: AbortSignal
  /** Aborted when its processes must die now. */
  readonly kill: AbortSignal
  /** Aborted when the server takes nothing more from this job. */
  readonly leaseLost: AbortSignal
  /** The server said so itself, so that nothing need be reported. */
  leaseTaken(): boolean
  /** Why the job was stopped, if it was. */
  ending(): Failure | undefined
  /** Something else that the job cannot go on with; its program may save its work. */
  stop(why: Failure): void
  close(): void
}

export interface SupervisionOptions {
  readonly plane: Pick<JobPlane, 'beat' | 'cancellation'>
  readonly lease: LeaseTimes
  /** When the call that was answered with the lease was sent, as `clock` tells it. */
  readonly leaseFrom: number
  readonly timeoutSeconds: number
  readonly cancelRequested: boolean
  /** The runner itself is told to stop. */
  readonly runnerStop: AbortSignal
  readonly pause: Pause
  /** Milliseconds that only go forward. */
  readonly clock: () => number
  readonly report: (sentence: string) => void
  /** How long the program may take to save its work after it was asked to stop. */
  readonly graceSeconds: number
}

export function supervise(options: SupervisionOptions): Supervision {
  const interrupt = new AbortController()
  const kill = new AbortController()
  const leaseLost = new AbortController()
  const closed = new AbortController()
  const timers = new Set<NodeJS.Timeout>()
  let lease = options.lease
  let acknowledged = options.leaseFrom
  let ending: Failure | undefined
  let taken = false

  function after(seconds: number, act: () => void): void {
    timers.add(setTimeout(act, Math.max(0, seconds * 1000)))
  }

  function stop(why: Failure, graceSeconds: number): void {
    if (ending || closed.signal.aborted) return
    ending = why
    interrupt.abort(why)
    after(graceSeconds, () => kill.abort())
  }

  function loseLease(sentence: string): void {
    taken = true
    leaseLost.abort()
    options.report(sentence)
    stop(failure('lease_lost', sentence), GRACE_WITHOUT_LEASE_SECONDS)
    after(GRACE_WITHOUT_LEASE_SECONDS, () => kill.abort())
  }

  function cancel(): void {
    stop(failure('cancelled', 'The deployment was cancelled.'), options.graceSeconds)
  }

  /** Silence: ask the job to stop while its lease may still let it save, and end it before the lease does. */
  function checkSilence(): void {
    const silentSeconds = (options.clock() - acknowledged) / 1000
    if (silentSeconds >= lease.leaseSeconds - MARGIN_SECONDS) {
      kill.abort()
      leaseLost.abort()
    } else if (silentSeconds >= lease.giveUpSeconds) {
      const sentence = `The server did not answer for ${Math.round(silentSeconds)} s, so the job was stopped before its lease ran out.`
      if (!ending) options.report(sentence)
      stop(failure('lease_lost', sentence), lease.leaseSeconds - MARGIN_SECONDS - silentSeconds)
    }
  }

  function heard(answer: Answer<{ cancelRequested: boolean }>): void {
    if (answer.kind === 'lost')
      loseLease(`The server took the deployment from this runner: ${answer.sentence}`)
    if (answer.kind === 'refused') options.report(`The server refused a heartbeat: ${answer.sentence}`)
    if (answer.kind === 'ok' && answer.value.cancelRequested) cancel()
  }

  async function beat(): Promise<void> {
    while (!closed.signal.aborted && !leaseLost.signal.aborted) {
      await sleepUntil(lease.beatSeconds * 1000, closed.signal)
      if (closed.signal.aborted) return
      const sent = options.clock()
      // A beat that hangs must not keep the next one from being tried.
      const patience = AbortSignal.any([closed.signal, AbortSignal.timeout(lease.beatSeconds * 1000)])
      const answer = await options.plane.beat(patience)
      if (answer.kind === 'ok') {
        acknowledged = sent
        lease = answer.value.lease
      }
      if (!closed.signal.aborted) heard(answer)
    }
  }

  async function listenForCancel(): Promise<void> {
    const over = AbortSignal.any([closed.signal, leaseLost.signal, interrupt.signal])
    for (let attempt = 0; !over.aborted; ) {
      const answer = await options.plane.cancellation(CANCELLATION_WAIT_SECONDS, over)
      if (over.aborted) return
      heard(answer)
      if (answer.kind === 'ok') attempt = 0
      else await options.pause(attempt++, over)
    }
  }

  const silence = setInterval(checkSilence, 250)
  after(options.timeoutSeconds, () => {
    const limit = humanDuration(options.timeoutSeconds)
    stop(
      failure('timeout', `The deployment ran for ${limit}, its time limit, and was stopped.`),
      options.graceSeconds,
    )
  })
  const runnerStops = (): void =>
    stop(
      failure(
        'runner_stopped',
        'The runner was shut down while the deployment ran; start the deployment again.',
      ),
      options.graceSeconds,
    )
  if (options.runnerStop.aborted) runnerStops()
  options.runnerStop.addEventListener('abort', runnerStops, { signal: closed.signal })
  if (options.cancelRequested) cancel()
  void beat()
  void listenForCancel()

  return {
    interrupt: interrupt.signal,
    kill: kill.signal,
    leaseLost: leaseLost.signal,
    leaseTaken: () => taken,
    ending: () => ending,
    stop: (why) => stop(why, options.graceSeconds),
    close() {
      closed.abort()
      clearInterval(silence)
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

function humanDuration(seconds: number): string {
  return seconds % 3600 === 0
    ? `${seconds / 3600} h`
    : seconds % 60 === 0
      ? `${seconds / 60} min`
      : `${seconds} s`
}
