/**
 * A clock that is off, said as such. A cloud that finds a token expired or not valid yet does not say by how much; its
 * answer has its own time in it, and the token has the server's, of a moment before.
 */
import type { IdTokenAnswer } from '@daypass/contract/job-protocol.ts'

/** From mint to answer some seconds pass, and a token is back-dated by a minute. */
const LEAST_TOLD_SECONDS = 60

/** A sentence, when the two clocks are a minute or more apart. This machine's clock is not looked at. */
export function clockDifference(
  headers: Headers,
  { expiresAt, lifetimeSeconds }: Pick<IdTokenAnswer, 'expiresAt' | 'lifetimeSeconds'>,
): string | undefined {
  const madeAt = Date.parse(expiresAt) - lifetimeSeconds * 1000
  const seconds = Math.round((Date.parse(headers.get('date') ?? '') - madeAt) / 1000)
  if (!(Math.abs(seconds) >= LEAST_TOLD_SECONDS)) return undefined
  const direction = seconds > 0 ? 'behind' : 'ahead of'
  return `The clock of the Daypass server is ${lengthOf(Math.abs(seconds))} ${direction} the cloud’s: set it by a time server (NTP).`
}

function lengthOf(seconds: number): string {
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return minutes === 1 ? 'a minute' : `${minutes} minutes`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`
}
