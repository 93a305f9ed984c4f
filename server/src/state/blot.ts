/**
 * Keeps our own tokens out of what we store for people to read.
 *
 * Owns: how a token is recognized inside a JSON text that somebody else wrote. Does not own: the shapes
 * (contract/tokens). A program's output reaches the server as engine events, past the runner's own blotting.
 * Recognized are opaque tokens by shape, ID tokens by the key that signed them, and both inside base64, whatever its
 * alignment and line breaks. It stops accidents and `console.log`; a program that wants to hide a token from us can.
 *
 * The text may be hostile and 20 MB long, so runs of letters are found by a loop: a pattern would backtrack.
 */
import { TOKEN_PREFIX } from '@daypass/contract/tokens.ts'
import type { Span } from './json-span.ts'

export const BLOT = '[daypass-token]'

export type IsOurKid = (kid: string) => boolean

// No word boundaries: in JSON text a token after a line break follows the letter `n` of its escape.
const OPAQUE = new RegExp(`(?:${Object.values(TOKEN_PREFIX).join('|')})[0-9a-f]{40}`, 'g')
const KID = /"kid"\s*:\s*"([^"\\]{1,200})"/g

const BASE64URL = alphabet('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
const BASE64 = alphabet('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/')
/** A line break inside a JSON string. */
const BREAKS = ['\\r\\n', '\\n']
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
    let run = ''
    for (;;) {
      const end = endOfRun(text, at, BASE64)
      run += text.slice(at, end)
      at = end
      const lineBreak = end > start ? BREAKS.find((one) => text.startsWith(one, end)) : undefined
      if (lineBreak === undefined) break
      at += lineBreak.length
    }
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
  return [0, 1, 2, 3].some((skipped) => {
    const decoded = Buffer.from(header.slice(skipped), 'base64url').toString('latin1')
    return decoded.matchAll(KID).some(([, kid]) => kid !== undefined && isOurKid(kid))
  })
}

function startOfRun(text: string, end: number, letters: ReadonlySet<number>): number {
  const first = Math.max(0, end - LONGEST_HEADER)
  let at = end
  while (at > first && letters.has(text.charCodeAt(at - 1))) at -= 1
  return at
}

function endOfRun(text: string, start: number, letters: ReadonlySet<number>): number {
  let at = start
  while (letters.has(text.charCodeAt(at))) at += 1 // NaN after the last letter is in no alphabet
  return at
}

function blotted(text: string, hits: readonly Span[]): string {
  if (hits.length === 0) return text
  const pieces = hits.map(
    (hit, index) => text.slice(hits[index - 1]?.end ?? 0, afterEscape(text, hit.start)) + BLOT,
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

function alphabet(letters: string): ReadonlySet<number> {
  return new Set(Buffer.from(letters))
}
