/**
 * How a local cloud tells why it refused, which no cloud does: an HTTP header that holds base64url JSON.
 *
 * Whoever reads it takes it from a server that may be anybody's, so the reading is closed: known codes, known
 * clauses, short sentences on one line. It is only ever shown, nothing is decided by it.
 */

export interface Explanation<Code extends string = string, Clause extends string = string> {
  readonly code: Code
  readonly clause: Clause
  readonly sentence: string
  readonly mend: string
}

/** The closed lists of one cloud. */
export interface KnownExplanations<Code extends string, Clause extends string> {
  readonly codes: readonly Code[]
  readonly clauses: readonly Clause[]
}

export const EXPLANATION_HEADER = 'x-daypass-explanation'

const LONGEST_HEADER = 8192
/** Characters; with both sentences in three-byte characters the header still fits. */
const LONGEST_SENTENCE = 1000

export function writeExplanationHeader({ code, clause, sentence, mend }: Explanation): string {
  const explanation = { code, clause, sentence: cut(sentence), mend: cut(mend) }
  return toBase64Url(new TextEncoder().encode(JSON.stringify(explanation)))
}

/** Undefined for whatever is not exactly such an explanation. */
export function readExplanationHeader<Code extends string, Clause extends string>(
  header: string | null | undefined,
  { codes, clauses }: KnownExplanations<Code, Clause>,
): Explanation<Code, Clause> | undefined {
  if (!header || header.length > LONGEST_HEADER || !/^[A-Za-z0-9_-]+$/.test(header)) return undefined
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(fromBase64Url(header)))
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 4) return undefined
  const { code, clause, sentence, mend } = value as Record<keyof Explanation, unknown>
  const known = codes.find((one) => one === code)
  const where = clauses.find((one) => one === clause)
  if (!known || !where || !isLine(sentence) || !isLine(mend)) return undefined
  return { code: known, clause: where, sentence, mend }
}

function isLine(text: unknown): text is string {
  return (
    typeof text === 'string' &&
    text !== '' &&
    text.length <= LONGEST_SENTENCE &&
    !/\p{Cc}|\p{Zl}|\p{Zp}/u.test(text)
  )
}

function cut(text: string): string {
  const line = text.replaceAll(/\p{Cc}|\p{Zl}|\p{Zp}/gu, ' ')
  return line.length <= LONGEST_SENTENCE ? line : `${line.slice(0, LONGEST_SENTENCE - 1)}…`
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function fromBase64Url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
}
