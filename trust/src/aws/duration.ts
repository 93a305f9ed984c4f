/**
 * How long an AWS session lasts, as Pulumi's settings write it: a Go duration (`1h0m0s`, `15m`, `1.5h`).
 *
 * Owns the reading and writing of that text and AWS's outer limits. The limit of a certain role is known to AWS
 * only, which answers `ValidationError` (see `sts-errors.ts`).
 *
 * @see https://pkg.go.dev/time#ParseDuration
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */

export const SHORTEST_AWS_SESSION_SECONDS = 15 * 60
export const LONGEST_AWS_SESSION_SECONDS = 12 * 60 * 60

export interface DurationRefusal {
  readonly code: 'duration_malformed' | 'duration_not_whole_seconds' | 'duration_out_of_range'
  readonly sentence: string
}

export type DurationResult =
  | { readonly ok: true; readonly seconds: number }
  | { readonly ok: false; readonly refusal: DurationRefusal }

const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}
const SECOND = 1_000_000_000n
const WHOLE = /^(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+$/
const PIECE = /([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)/g

/** A Go duration in whole seconds. Negative durations are refused: none means anything here. */
export function parseGoDuration(text: string): DurationResult {
  if (text === '0') return { ok: true, seconds: 0 }
  if (text.length > 64 || !WHOLE.test(text)) {
    return refuse(
      'duration_malformed',
      `${JSON.stringify(text.slice(0, 64))} is no duration; write it as 1h30m0s.`,
    )
  }
  let nanoseconds = 0n
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(PIECE)) {
    const size = NANOSECONDS[unit] ?? 0n
    nanoseconds +=
      BigInt(whole || '0') * size + (BigInt(fraction || '0') * size) / 10n ** BigInt(fraction.length)
  }
  if (nanoseconds % SECOND !== 0n || nanoseconds / SECOND > BigInt(Number.MAX_SAFE_INTEGER)) {
    return refuse('duration_not_whole_seconds', `${JSON.stringify(text)} is not a whole number of seconds.`)
  }
  return { ok: true, seconds: Number(nanoseconds / SECOND) }
}

/** A Go duration that AWS can give some role: 15 minutes to 12 hours. */
export function parseAwsSessionDuration(text: string): DurationResult {
  const parsed = parseGoDuration(text)
  if (!parsed.ok) return parsed
  if (parsed.seconds < SHORTEST_AWS_SESSION_SECONDS || parsed.seconds > LONGEST_AWS_SESSION_SECONDS) {
    return refuse(
      'duration_out_of_range',
      `AWS gives sessions of 15 minutes to 12 hours, not of ${JSON.stringify(text)}; choose one from 15m0s to 12h0m0s.`,
    )
  }
  return parsed
}

/** Seconds as Go writes them: 5400 becomes `1h30m0s`. @throws {RangeError} for anything but whole seconds from 0. */
export function formatGoDuration(seconds: number): string {
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw new RangeError(`${seconds} is not whole seconds.`)
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  if (hours > 0) return `${hours}h${minutes}m${seconds % 60}s`
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`
}

function refuse(code: DurationRefusal['code'], sentence: string): DurationResult {
  return { ok: false, refusal: { code, sentence } }
}
