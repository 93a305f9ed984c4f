/**
 * Keeps what a cloud granted fresh for as long as the job runs: exchanged again when half its life is gone, so that
 * whoever asks has an answer at once and a cloud that fails for some minutes is not noticed.
 *
 * All times are durations on this machine's monotonic clock; what the cloud's clock says is not looked at. Does not own how
 * an exchange is made (`aws.ts`, `azure.ts`, `google.ts`) nor who may ask (`broker/`).
 */
import type { Failure } from '../failure.ts'
import type { ExchangeResult } from './exchange.ts'

export interface KeptSession<Granted> {
  /** Waits for an exchange only where nothing is left of the last one. */
  current(): Promise<ExchangeResult<Lent<Granted>>>
  close(): void
}

export interface Lent<Granted> {
  readonly credentials: Granted
  readonly secondsLeft: number
}

/** What ends by itself. */
export interface Granting {
  /** How long it is good, from when it was asked for. */
  readonly sessionSeconds: number
}

export interface KeptSessionOptions<Granted extends Granting> {
  readonly first: Granted
  /** When the first exchange began, as `clock` tells it. */
  readonly firstFrom: number
  /** One whole exchange, whose credentials may be handed out when it resolves. */
  readonly exchange: (over: AbortSignal) => Promise<ExchangeResult<Granted>>
  /** Milliseconds that only go forward. */
  readonly clock: () => number
  /** Resolves after the time or at the signal. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
  readonly over: AbortSignal
}

/** What has less life than this is not given to anybody. */
const MARGIN_SECONDS = 10
/** After a failure nobody asks the cloud again sooner than this, however often a program asks us. */
const LEAST_PAUSE_SECONDS = 15

export function keepSession<Granted extends Granting>(
  options: KeptSessionOptions<Granted>,
): KeptSession<Granted> {
  const { clock } = options
  const closed = new AbortController()
  const over = AbortSignal.any([options.over, closed.signal])
  let held = { credentials: options.first, from: options.firstFrom }
  let failed: { readonly failure: Failure; readonly at: number } | undefined
  let running: Promise<void> | undefined

  function secondsLeft(): number {
    return held.credentials.sessionSeconds - (clock() - held.from) / 1000
  }

  function renew(): Promise<void> {
    running ??= exchangeOnce().finally(() => {
      running = undefined
    })
    return running
  }

  async function exchangeOnce(): Promise<void> {
    const from = clock()
    const result = await options.exchange(over)
    if (result.ok) held = { credentials: result.granted, from }
    failed = result.ok ? undefined : { failure: result.failure, at: clock() }
  }

  function secondsToRenewal(): number {
    if (failed) return Math.max(LEAST_PAUSE_SECONDS, secondsLeft() / 4)
    return Math.max(0, secondsLeft() - held.credentials.sessionSeconds / 2)
  }

  async function keep(): Promise<void> {
    while (!over.aborted) {
      await options.sleep(secondsToRenewal() * 1000, over)
      // Somebody who could not wait may have renewed it meanwhile.
      if (!over.aborted && (failed || secondsToRenewal() === 0)) await renew()
    }
  }

  void keep()

  return {
    async current() {
      const rests = failed && (clock() - failed.at) / 1000 < LEAST_PAUSE_SECONDS
      if (secondsLeft() < MARGIN_SECONDS && !rests) await renew()
      const left = secondsLeft()
      if (left >= MARGIN_SECONDS || !failed)
        return { ok: true, granted: { credentials: held.credentials, secondsLeft: left } }
      return { ok: false, failure: failed.failure }
    },
    close: () => closed.abort(),
  }
}
