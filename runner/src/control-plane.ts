/**
 * The runner's only door to the server: two sets of calls, one with the pool token, one with a job's token.
 *
 * Every call answers with a value that says what to do next. It never follows a redirect, for the server never
 * redirects and a token must not travel to whoever does. Owns no waiting or retrying except `untilAnswered`.
 */
import type { GitPollAnswer, GitPollReport, GitPollRequest } from '@daypass/contract/git-polls.ts'
import {
  JOB_BEAT_PATH,
  JOB_CANCELLATION_PATH,
  JOB_FINGERPRINTS_PATH,
  JOB_FINISH_PATH,
  JOB_ID_TOKEN_PATH,
  JOB_LOG_PATH,
  JOB_SOURCE_CREDENTIAL_PATH,
  JOB_START_PATH,
  JOB_STEP_PATH,
  RUNNER_CLAIM_PATH,
  RUNNER_POLL_CLAIM_PATH,
  RUNNER_POLL_REPORT_PATH,
} from '@daypass/contract/job-paths.ts'
import type {
  BeatAnswer,
  CancellationAnswer,
  Claim,
  ClaimRequest,
  FingerprintReport,
  FinishReport,
  IdTokenAnswer,
  IdTokenRequest,
  LogAppend,
  LogAppendAnswer,
  SourceCredential,
  StepReport,
} from '@daypass/contract/job-protocol.ts'
import type { JobToken, PoolToken } from '@daypass/contract/tokens.ts'
import {
  isBeatAnswer,
  isCancellationAnswer,
  isClaim,
  isGitPollAnswer,
  isIdTokenAnswer,
  isLogAppendAnswer,
  isSourceCredential,
  type Shape,
} from './answer-shapes.ts'

/** What the server said, or that it said nothing that can be used. */
export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** The job's token is not, or no longer, good: its lease is over. */
  | { readonly kind: 'lost'; readonly sentence: string }
  /** No answer, a 5xx, or something that is not Daypass: ask again later. */
  | { readonly kind: 'away'; readonly reason: string }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string; readonly sentence: string }

export interface PoolPlane {
  /** A job, or undefined when none came within the wait. Not idempotent: a lost answer is the queue's to heal. */
  claim(request: ClaimRequest, signal: AbortSignal): Promise<Answer<Claim | undefined>>
  /** A remote to look at, if one is due. */
  claimPoll(request: GitPollRequest, signal: AbortSignal): Promise<Answer<GitPollAnswer>>
  /** `lost`: the lease is over. */
  reportPoll(report: GitPollReport, signal: AbortSignal): Promise<Answer<undefined>>
  forJob(token: JobToken): JobPlane
}

/** What a job may ask for. All but `idToken` may be repeated harmlessly. */
export interface JobPlane {
  start(signal: AbortSignal): Promise<Answer<BeatAnswer>>
  beat(signal: AbortSignal): Promise<Answer<BeatAnswer>>
  cancellation(waitSeconds: number, signal: AbortSignal): Promise<Answer<CancellationAnswer>>
  step(report: StepReport, signal: AbortSignal): Promise<Answer<undefined>>
  log(append: LogAppend, signal: AbortSignal): Promise<Answer<LogAppendAnswer>>
  idToken(request: IdTokenRequest, signal: AbortSignal): Promise<Answer<IdTokenAnswer>>
  /** For the fetch of its source, where the spec says that the host gives one. */
  sourceCredential(signal: AbortSignal): Promise<Answer<SourceCredential>>
  fingerprints(report: FingerprintReport, signal: AbortSignal): Promise<Answer<undefined>>
  finish(report: FinishReport, signal: AbortSignal): Promise<Answer<undefined>>
}

const CALL_TIMEOUT_SECONDS = 10
/** How much longer than the wait that it asked for a long poll may take. */
const LONG_POLL_GRACE_SECONDS = 10

interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly token: string
  readonly body?: object
  readonly timeoutSeconds: number
  readonly signal: AbortSignal
}

/** Where a runner's pool token comes from. */
export interface PoolTokens {
  /** One to show now. */
  current(signal: AbortSignal): Promise<Answer<PoolToken>>
  /** The server does not know this one. @returns Whether there may be another. */
  ended(token: PoolToken): boolean
}

/** A token that was given: there is no other. */
export function oneToken(token: PoolToken): PoolTokens {
  return { current: async () => ({ kind: 'ok', value: token }), ended: () => false }
}

/** @param server Base URL, with a path prefix if the server has one. */
export function connect(server: URL, poolTokens: PoolTokens, fetch: typeof globalThis.fetch): PoolPlane {
  const door = { base: server.href.replace(/\/+$/, ''), fetch }
  return {
    async claim(request, signal) {
      const token = await poolTokens.current(signal)
      if (token.kind !== 'ok') return token
      const answer = await ask(door, isClaim, {
        ...postWith(token.value, RUNNER_CLAIM_PATH, request, signal),
        timeoutSeconds: request.waitSeconds + LONG_POLL_GRACE_SECONDS,
      })
      const isOver = answer.kind === 'lost' && poolTokens.ended(token.value)
      return isOver ? { kind: 'away', reason: 'the runner’s token has ended' } : answer
    },
    // A token that has ended is the claim's to notice.
    async claimPoll(request, signal) {
      const token = await poolTokens.current(signal)
      if (token.kind !== 'ok') return token
      return askFor(door, isGitPollAnswer, postWith(token.value, RUNNER_POLL_CLAIM_PATH, request, signal))
    },
    async reportPoll(report, signal) {
      const token = await poolTokens.current(signal)
      if (token.kind !== 'ok') return token
      return tell(door, postWith(token.value, RUNNER_POLL_REPORT_PATH, report, signal))
    },
    forJob: (token) => jobPlane(door, token),
  }
}

function postWith(token: string, path: string, body: object, signal: AbortSignal): Call {
  return { method: 'POST', path, token, body, timeoutSeconds: CALL_TIMEOUT_SECONDS, signal }
}

function jobPlane(door: Door, token: JobToken): JobPlane {
  const post = (path: string, body: object, signal: AbortSignal) => postWith(token, path, body, signal)
  return {
    start: (signal) => askFor(door, isBeatAnswer, post(JOB_START_PATH, {}, signal)),
    beat: (signal) => askFor(door, isBeatAnswer, post(JOB_BEAT_PATH, {}, signal)),
    cancellation: (waitSeconds, signal) =>
      askFor(door, isCancellationAnswer, {
        method: 'GET',
        path: `${JOB_CANCELLATION_PATH}?waitSeconds=${waitSeconds}`,
        token,
        timeoutSeconds: waitSeconds + LONG_POLL_GRACE_SECONDS,
        signal,
      }),
    step: (report, signal) => tell(door, post(JOB_STEP_PATH, report, signal)),
    log: (append, signal) => askFor(door, isLogAppendAnswer, post(JOB_LOG_PATH, append, signal)),
    idToken: (request, signal) => askFor(door, isIdTokenAnswer, post(JOB_ID_TOKEN_PATH, request, signal)),
    sourceCredential: (signal) =>
      askFor(door, isSourceCredential, post(JOB_SOURCE_CREDENTIAL_PATH, {}, signal)),
    fingerprints: (report, signal) => tell(door, post(JOB_FINGERPRINTS_PATH, report, signal)),
    finish: (report, signal) => tell(door, post(JOB_FINISH_PATH, report, signal)),
  }
}

/** Repeats a harmless call until the server answers it, with growing pauses, or until the signal. */
export async function untilAnswered<T>(
  call: () => Promise<Answer<T>>,
  signal: AbortSignal,
  pause: (attempt: number, signal: AbortSignal) => Promise<void>,
): Promise<Answer<T>> {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await call()
    if (answer.kind !== 'away' || signal.aborted) return answer
    await pause(attempt, signal)
  }
}

interface Door {
  readonly base: string
  readonly fetch: typeof globalThis.fetch
}

async function askFor<T>(door: Door, shape: Shape<T>, call: Call): Promise<Answer<T>> {
  const answer = await ask(door, shape, call)
  if (answer.kind !== 'ok') return answer
  if (answer.value === undefined) return { kind: 'away', reason: `${call.path} answered nothing` }
  return { kind: 'ok', value: answer.value }
}

async function tell(door: Door, call: Call): Promise<Answer<undefined>> {
  const response = await send(door, call)
  return 'kind' in response ? response : { kind: 'ok', value: undefined }
}

async function ask<T>(door: Door, shape: Shape<T>, call: Call): Promise<Answer<T | undefined>> {
  const response = await send(door, call)
  if ('kind' in response) return response
  if (response.text === '') return { kind: 'ok', value: undefined }
  const value = parse(response.text)
  if (!shape(value)) {
    return {
      kind: 'away',
      reason: `${call.path.split('?')[0]} answered something that this runner does not know`,
    }
  }
  return { kind: 'ok', value }
}

/** The text of a success, or what else happened. */
async function send(
  door: Door,
  call: Call,
): Promise<{ text: string } | Exclude<Answer<never>, { kind: 'ok' }>> {
  let status: number
  let text: string
  try {
    const response = await door.fetch(door.base + call.path, {
      method: call.method,
      headers: {
        authorization: `Bearer ${call.token}`,
        accept: 'application/json',
        ...(call.body ? { 'content-type': 'application/json' } : {}),
      },
      ...(call.body ? { body: JSON.stringify(call.body) } : {}),
      redirect: 'error',
      signal: AbortSignal.any([call.signal, AbortSignal.timeout(call.timeoutSeconds * 1000)]),
    })
    status = response.status
    text = await response.text()
  } catch (error) {
    return { kind: 'away', reason: reasonOf(error) }
  }
  return status >= 200 && status < 300 ? { text } : failure(status, text)
}

function failure(status: number, text: string): Exclude<Answer<never>, { kind: 'ok' }> {
  if (status >= 500 || status === 408 || status === 429)
    return { kind: 'away', reason: `it answered ${status}` }
  const body = parse(text) as { message?: unknown; reason?: unknown } | undefined
  const sentence = typeof body?.message === 'string' ? body.message : `The server answered ${status}.`
  const reason = typeof body?.reason === 'string' ? body.reason : ''
  const lost = status === 401 || (status === 409 && (reason === '' || reason === 'lease_lost'))
  return lost ? { kind: 'lost', sentence } : { kind: 'refused', status, reason, sentence }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The cause below fetch's own "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'it took too long to answer'
  const cause = error.cause
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0])
  return cause instanceof Error ? cause.message || cause.name : error.message
}
