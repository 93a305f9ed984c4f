/**
 * New values in a state, written the way the CLI writes them.
 *
 * A state is compared as text, so a URN that replay writes must have the escapes that Go's encoder gives it: `<`, `>`,
 * `&` and the two line separators of Unicode are escaped there and not by `JSON.stringify`.
 */

const ESCAPED_BY_GO = /[<>&\u2028\u2029]/g

export function goString(value: string): string {
  return JSON.stringify(value).replace(
    ESCAPED_BY_GO,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

export function goStrings(values: readonly string[]): string {
  return `[${values.map(goString).join(',')}]`
}

/** Keys in Go's order of a map: sorted by their bytes in UTF-8. */
export function goObject(members: Iterable<readonly [string, string]>): string {
  const sorted = [...members].sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
  return `{${sorted.map(([key, value]) => `${goString(key)}:${value}`).join(',')}}`
}

/** An object put together again from texts, in the order given. */
export function objectOf(members: Iterable<readonly [string, Buffer | string]>): Buffer[] {
  const pieces: Buffer[] = []
  let before = '{'
  for (const [key, value] of members) {
    pieces.push(
      Buffer.from(`${before}${goString(key)}:`),
      typeof value === 'string' ? Buffer.from(value) : value,
    )
    before = ','
  }
  pieces.push(Buffer.from(before === '{' ? '{}' : '}'))
  return pieces
}

export function arrayOf(elements: Iterable<readonly Buffer[]>): Buffer[] {
  const pieces: Buffer[] = []
  let before = '['
  for (const element of elements) {
    pieces.push(Buffer.from(before))
    for (const piece of element) pieces.push(piece)
    before = ','
  }
  pieces.push(Buffer.from(before === '[' ? '[]' : ']'))
  return pieces
}
