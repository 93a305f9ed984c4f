/** Reads what a token says. Nothing is verified here: the question is what a cloud's policy thinks of its claims. */
import type { GoogleTokenClaims } from '@daypass/trust/google/evaluate.ts'
import { FailedCommand } from '../failed-command.ts'
import { type Passenger, UNDECIDED } from './scope.ts'

/** @throws {FailedCommand} when it is no JWT with the claims that every cloud asks for. */
export function passengerOf(token: string): Passenger {
  const [, payload, signature] = token.trim().split('.')
  const claims = payload && signature !== undefined ? decoded(payload) : undefined
  if (!claims) throw new FailedCommand('the token is no JWT: header.payload.signature.', UNDECIDED)
  const { iss, sub, aud, operation } = claims
  if (typeof iss !== 'string' || typeof sub !== 'string' || !isTexts(aud)) {
    throw new FailedCommand(
      'the token lacks "iss", "sub" or "aud", without which no cloud takes it.',
      UNDECIDED,
    )
  }
  return {
    operation: typeof operation === 'string' ? operation : undefined,
    claims: claims as GoogleTokenClaims,
  }
}

/** Said, not refused: the policy is judged all the same. */
export function timeWarning({ claims }: Passenger, now: Date): string | undefined {
  const { exp } = claims
  if (typeof exp !== 'number' || exp * 1000 > now.getTime()) return undefined
  return `This token expired at ${new Date(exp * 1000).toISOString()}: every cloud refuses it for that alone.`
}

function decoded(payload: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}

function isTexts(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'))
}
