/** Our opaque tokens: made here, and known afterwards by their hash alone. */
import { hash } from 'node:crypto'
import { TOKEN_PREFIX } from '@daypass/contract/tokens.ts'

export type TokenKind = keyof typeof TOKEN_PREFIX

const RANDOM_BYTES = 20

/** A new token: the kind's prefix and 160 random bits in hexadecimal. */
export function makeToken(kind: TokenKind, randomBytes: (count: number) => Buffer): string {
  return TOKEN_PREFIX[kind] + randomBytes(RANDOM_BYTES).toString('hex')
}

/**
 * What is stored instead of a token. Plain SHA-256: a token is random, so it cannot be guessed from its hash, and
 * looking a hash up by an index tells nothing about a token by its timing.
 */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer')
}

/** Whether the text has the form of such a token; what has not is never looked up. */
export function isTokenOf(kind: TokenKind, text: string): boolean {
  return text.startsWith(TOKEN_PREFIX[kind]) && HEXADECIMAL.test(text.slice(TOKEN_PREFIX[kind].length))
}

const HEXADECIMAL = /^[0-9a-f]{40}$/
