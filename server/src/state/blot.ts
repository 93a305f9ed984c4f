/**
 * Keeps our own tokens, and a deployment's cloud credentials, out of what we store for people to read.
 *
 * Owns: how a token is recognized inside a JSON text that somebody else wrote. Does not own: the shapes
 * (contract/tokens), nor how credentials are found (fingerprints). A program's output reaches the server as engine events, past the runner's own blotting.
 * Recognized are opaque tokens by shape, ID tokens by the key that signed them, and both inside base64, whatever its
 * alignment and line breaks. It stops accidents and `console.log`; a program that wants to hide a token from us can.
 *
 * The text may be hostile and 20 MB long, and the server does nothing else meanwhile: runs of letters are found by a
 * loop over a table, for a pattern would backtrack, and nothing is decoded that cannot be a token.
 */
import { TOKEN_PREFIX } from '@daypass/contract/tokens.ts'
import type { Matcher } from '../fingerprints/matcher.ts'
import type { Span } from './json-span.ts'

export const BLOT = '[daypass-token]'
export const CREDENTIAL_BLOT = '[credential]'

export type IsOurKid = (kid: string) => boolean

// No word boundaries: in JSON text a token after a line break follows the letter `n` of its escape.
const OPAQUE = new RegExp(`(?:${Object.values(TOKEN_PREFIX).join('|')})[0-9a-f]{40}`, 'g')
const KID = /"kid"\s*:\s*"([^"\\]{1,200})"/g
/** `"kid"` in base64, by where it may begin in a group of three bytes: what has none of them is no header. */
const KID_ENCODED = new RegExp([0, 1, 2].map((before) => encodedAfter(before, '"kid"')).join('|'))

const BASE64URL = alphabet('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
const BASE64 = alphabet('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/')
/** A line break inside a JSON string. */
const BREAKS = ['\\r\\n', '\\n']
const BACKSLASH = 0x5c
/** No token of ours is shorter than this in base64. */
const SHORTEST_ENCODED = Math.floor((44 * 4) / 3)
/** Ours are signed with at least 2048 bits: 342 letters. A shorter match is no token, and not worth decoding. */
const SHORTEST_SIGNATURE = 300
/** Only so much of what stands before a dot is looked at: our own headers are far shorter. */
const LONGEST_HEADER = 1024

/** The text without our tokens. JSON stays JSON: a blot needs no escape, and no structure is touched. */
export function withoutOurTokens(text: string, isOurKid: IsOurKid): string {
  return withoutEncodedTokens(withoutPlainTokens(text, isOurKid), isOurKid)
}

/** The text without credentials, wherever `match` finds them. JSON stays JSON here too. */
export function withoutCredentials(text: string, match: Matcher): string {
  return blotted(text, match(text), CREDENTIAL_BLOT)
}

function withoutPlainTokens(text: string, isOurKid: IsOurKid): string {
  const opaque = text
    .matchAll(OPAQUE)
    .map(({ 0: token, index }) => ({ start: index, end: index + token.length }))
  const opaqueGone = blotted(text, [...opaque])
  return blotted(opaqueGone, jwtsIn(opaqueGone, isOurKid))
}

function withoutEncodedTokens(text: string, isOurKid: IsOurKid): string {
  const hits: Span[] = []
  for (let at = 0; at < text.length; at += 1) {
    const start = at
    for (;;) {
      at = endOfRun(text, at, BASE64)
      if (at === start || text.charCodeAt(at) !== BACKSLASH) break
      const length = lengthOfBreak(text, at)
      if (length === 0) break
      at += length
    }
    if (at - start < SHORTEST_ENCODED) continue
    const run = BREAKS.reduce((lines, one) => lines.replaceAll(one, ''), text.slice(start, at))
    if (run.length >= SHORTEST_ENCODED && hidesToken(run, isOurKid)) hits.push({ start, end: at })
  }
  return blotted(text, hits)
}

/** What stands before the encoded text may use its alphabet too (a path's `/`), so every alignment is tried. */
function hidesToken(run: string, isOurKid: IsOurKid): boolean {
  return [0, 1, 2, 3].some((skipped) => {
    const decoded = Buffer.from(run.slice(skipped), 'base64').toString('latin1')
    return decoded.search(OPAQUE) !== -1 || jwtsIn(decoded, isOurKid).length > 0
  })
}

/** Three runs of the alphabet with single dots between them, whose first names a key of ours. */
function jwtsIn(text: string, isOurKid: IsOurKid): Span[] {
  const hits: Span[] = []
  if (!KID_ENCODED.test(text)) return hits
  for (let dot = text.indexOf('.'); dot !== -1; dot = text.indexOf('.', dot + 1)) {
    const payloadEnd = endOfRun(text, dot + 1, BASE64URL)
    if (payloadEnd === dot + 1 || text[payloadEnd] !== '.') continue
    const signatureEnd = endOfRun(text, payloadEnd + 1, BASE64URL)
    if (signatureEnd - payloadEnd <= SHORTEST_SIGNATURE) continue
    const start = startOfRun(text, dot, BASE64URL)
    if (!namesOurKey(text.slice(start, dot), isOurKid)) continue
    hits.push({ start, end: signatureEnd })
    dot = signatureEnd - 1
  }
  return hits
}

function namesOurKey(header: string, isOurKid: IsOurKid): boolean {
  if (!KID_ENCODED.test(header)) return false
  return [0, 1, 2, 3].some((skipped) => {
    const decoded = Buffer.from(header.slice(skipped), 'base64url').toString('latin1')
    return decoded.matchAll(KID).some(([, kid]) => kid !== undefined && isOurKid(kid))
  })
}

function startOfRun(text: string, end: number, letters: Uint8Array): number {
  const first = Math.max(0, end - LONGEST_HEADER)
  let at = end
  while (at > first && letters[text.charCodeAt(at - 1)] === 1) at -= 1
  return at
}

function endOfRun(text: string, start: number, letters: Uint8Array): number {
  let at = start
  while (at < text.length && letters[text.charCodeAt(at)] === 1) at += 1
  return at
}

function blotted(text: string, hits: readonly Span[], blot = BLOT): string {
  if (hits.length === 0) return text
  const pieces = hits.map(
    (hit, index) => text.slice(hits[index - 1]?.end ?? 0, afterEscape(text, hit.start)) + blot,
  )
  return pieces.join('') + text.slice(hits.at(-1)?.end)
}

/** Where an escape that `at` is inside of ends: the `n` of a line break may look like the first letter of a token. */
function afterEscape(text: string, at: number): number {
  const back = Math.max(0, at - 5)
  const nearest = back + text.slice(back, at).lastIndexOf('\\')
  if (nearest < back) return at
  let first = nearest
  while (text[first - 1] === '\\') first -= 1
  if ((nearest - first) % 2 === 1) return at // it is itself escaped
  return Math.max(at, nearest + (text[nearest + 1] === 'u' ? 6 : 2))
}

/** 0 for another escape. */
function lengthOfBreak(text: string, backslash: number): number {
  if (text[backslash + 1] === 'n') return 2
  return text.startsWith('r\\n', backslash + 1) ? 4 : 0
}

/** 1 at the code of each letter. */
function alphabet(letters: string): Uint8Array {
  const table = new Uint8Array(128)
  for (const code of Buffer.from(letters)) table[code] = 1
  return table
}

/** The letters that stand for nothing but the text, when so many bytes of its group of three stand before it. */
function encodedAfter(bytesBefore: number, text: string): string {
  const encoded = Buffer.from('\0'.repeat(bytesBefore) + text).toString('base64url')
  return encoded.slice(Math.ceil((bytesBefore * 8) / 6), Math.floor(((bytesBefore + text.length) * 8) / 6))
}
