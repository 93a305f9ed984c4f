/** A text cut into links, what a search found, and the rest. */
export interface Piece {
  readonly kind: 'text' | 'link' | 'found'
  readonly text: string
}

/** Only what a browser opens as a page; a bracket or dot at its end belongs to the sentence. */
const LINK = /https?:\/\/[^\s\p{Cc}<>"'`]+[^\s\p{Cc}<>"'`.,;:!?)\]}]/gu

export function piecesOf(text: string, words: string): Piece[] {
  const found: Piece[] = []
  let at = 0
  for (const match of text.matchAll(LINK)) {
    found.push(...marked(text.slice(at, match.index), words), { kind: 'link', text: match[0] })
    at = match.index + match[0].length
  }
  found.push(...marked(text.slice(at), words))
  return found
}

function marked(text: string, words: string): Piece[] {
  if (text === '') return []
  if (words === '') return [{ kind: 'text', text }]
  const pieces: Piece[] = []
  const [lower, wanted] = [text.toLowerCase(), words.toLowerCase()]
  let at = 0
  for (let place = lower.indexOf(wanted); place >= 0; place = lower.indexOf(wanted, at)) {
    if (place > at) pieces.push({ kind: 'text', text: text.slice(at, place) })
    pieces.push({ kind: 'found', text: text.slice(place, place + wanted.length) })
    at = place + wanted.length
  }
  if (at < text.length) pieces.push({ kind: 'text', text: text.slice(at) })
  return pieces
}
