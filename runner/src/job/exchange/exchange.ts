/**
 * What the exchanges with the clouds have in common: a fresh token for each try, a few tries while the cloud says
 * that it is temporary or says nothing, and one way of asking.
 *
 * Does not own what is asked, nor what an answer means (`aws.ts`, `azure.ts`, `google.ts`).
 */
import type { IdTokenAnswer } from '@daypass/contract/job-protocol.ts'
import type { Answer } from '../../control-plane.ts'
import type { Pause } from '../../pause.ts'
import { type Failure, failure } from '../failure.ts'
import { identityFailure } from '../identity.ts'
import { clockDifference } from './clock-difference.ts'

const TRIES = 5
const CALL_TIMEOUT_MS = 20_000
const LONGEST_ANSWER_BYTES = 200_000
const FORM = 'application/x-www-form-urlencoded'

export interface ExchangeServices {
  /** @param cloud Where it says more to one cloud than to others. */
  readonly mint: (cloud?: 'aws') => Promise<Answer<IdTokenAnswer>>
  readonly fetch: typeof globalThis.fetch
  readonly pause: Pause
  readonly say: (sentence: string) => void
  /** From now on this value is a secret of the job's log. */
  readonly hide: (secret: string) => void
  readonly interrupt: AbortSignal
}

export type ExchangeResult<Granted> =
  | { readonly ok: true; readonly granted: Granted }
  | { readonly ok: false; readonly failure: Failure }

/** What Azure and Google grant in the end. Whoever bears it has what its identity may do. */
export interface AccessToken {
  readonly accessToken: string
  /** How long it is good, from when it was asked for. */
  readonly sessionSeconds: number
}

/** What came of one try. */
export type Attempt<Granted> =
  | { readonly kind: 'granted'; readonly granted: Granted }
  /** Asking again would not help. `lines` say why, for the log. */
  | { readonly kind: 'refused'; readonly failure: Failure; readonly lines: readonly string[] }
  | { readonly kind: 'later'; readonly failure: Failure }

/** @param unasked What is said when it was interrupted before anybody answered. */
export async function exchangeToken<Granted>(
  services: ExchangeServices,
  unasked: Failure,
  attempt: (token: IdTokenAnswer) => Promise<Attempt<Granted>>,
): Promise<ExchangeResult<Granted>> {
  let last = unasked
  for (let tried = 0; tried < TRIES && !services.interrupt.aborted; tried += 1) {
    if (tried > 0) {
      services.say(`Trying again: ${last.message}`)
      await services.pause(tried + 2, services.interrupt)
    }
    const token = await services.mint()
    if (token.kind !== 'ok') return refuse(identityFailure(token))
    const outcome = await attempt(token.value)
    if (outcome.kind === 'granted') return { ok: true, granted: outcome.granted }
    last = outcome.failure
    if (outcome.kind === 'refused') {
      for (const line of outcome.lines) services.say(line)
      return refuse(last)
    }
  }
  services.say(last.message)
  return refuse(last)
}

export interface CloudReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** @returns the reason when there was no answer. A redirect is none: a token must not travel to whoever is named. */
export async function post(
  { fetch, interrupt }: Pick<ExchangeServices, 'fetch' | 'interrupt'>,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: URLSearchParams | string,
): Promise<CloudReply | string> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': typeof body === 'string' ? 'application/json' : FORM, ...headers },
      body,
      redirect: 'error',
      signal: AbortSignal.any([interrupt, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
    })
    return { status: response.status, headers: response.headers, text: await beginningOf(response) }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return cause instanceof Error ? cause.message : String(cause)
  }
}

/** Whoever answers more than a cloud ever does is not read to the end. */
async function beginningOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of response.body ?? []) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes > LONGEST_ANSWER_BYTES) break
  }
  return Buffer.concat(pieces).toString('utf8', 0, LONGEST_ANSWER_BYTES)
}

export type UnreachableCode = 'aws_unreachable' | 'azure_unreachable' | 'google_unreachable'

/** @param who As the beginning of a sentence: `AWS STS at https://…`. */
export function noAnswer(code: UnreachableCode, who: string, reason: string): Attempt<never> {
  return later(code, `${who} does not answer (${reason}); check that the runner can reach it.`)
}

export function strangeAnswer(code: UnreachableCode, who: string, status: number): Attempt<never> {
  return later(code, `${who} answered ${status} without an error that this runner knows.`)
}

export interface ExplainedRefusal {
  readonly message: string
  /** For the log. */
  readonly lines: readonly string[]
  /** The same request with a fresh token may succeed a little later. */
  readonly retryable: boolean
  /** Whether it is the token's times that the cloud did not like. */
  readonly isAboutTime: boolean
}

export function refusedAttempt(
  code: 'aws_refused' | 'azure_refused' | 'google_refused',
  { status, headers }: CloudReply,
  token: IdTokenAnswer,
  { message, lines, retryable, isAboutTime }: ExplainedRefusal,
): Attempt<never> {
  const clocks = isAboutTime ? clockDifference(headers, token) : undefined
  const told = clocks === undefined ? message : `${message} ${clocks}`
  if (retryable || status === 429 || status >= 500) return later(code, told)
  return {
    kind: 'refused',
    failure: failure(code, told),
    lines: clocks === undefined ? lines : [...lines, clocks],
  }
}

/** The times of an answer are whole seconds, and not of the same moment. */
const ROUNDING_SECONDS = 60

/**
 * What was asked for, or less where the cloud granted less: by its own two times, so that no clock is compared with
 * another.
 */
export function grantedSeconds(asked: number, expiresAt: Date, headers: Headers): number {
  const granted = (expiresAt.getTime() - Date.parse(headers.get('date') ?? '')) / 1000
  return granted > 0 && granted < asked - ROUNDING_SECONDS ? granted : asked
}

export function refuse(failed: Failure): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: failed }
}

function later(code: Failure['code'], message: string): Attempt<never> {
  return { kind: 'later', failure: failure(code, message) }
}
