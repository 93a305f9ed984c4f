/**
 * One text for all ways to lay out the same JSON, for comparing two states.
 *
 * Keys are sorted and blanks gone. Numbers, and the escapes inside strings, stay as they are: `1.0` is not `1`.
 * For tests and checks: each level of nesting is scanned once more than the one around it.
 */
import { elementsOf, isObject, membersOf } from '../json-span.ts'

export function canonicalJson(text: Buffer): string {
  const whole = text.subarray(leadingBlanks(text))
  if (isObject(whole, { start: 0, end: whole.length })) {
    const members = [...membersOf(whole)].map(
      ([key, { start, end }]) => `${JSON.stringify(key)}:${canonicalJson(whole.subarray(start, end))}`,
    )
    return `{${members.sort().join(',')}}`
  }
  if (whole[0] !== ARRAY) return whole.toString().trim()
  const elements = elementsOf(whole).map(({ start, end }) => canonicalJson(whole.subarray(start, end)))
  return `[${elements.join(',')}]`
}

const ARRAY = 0x5b

function leadingBlanks(text: Buffer): number {
  const at = text.findIndex((byte) => byte > 0x20)
  return at === -1 ? 0 : at
}
