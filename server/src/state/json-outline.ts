/** Where the members of a large object stand, and the elements of one of them, found without holding up everybody else. */
import { setImmediate } from 'node:timers/promises'
import { ARRAY, jsonScan, OBJECT } from './json-scan.ts'
import { JsonTextError, type Span } from './json-span.ts'

export interface Outline {
  readonly members: ReadonlyMap<string, Span>
  /** Of the list that was asked for; none when it is absent or null. */
  readonly elements: readonly Span[]
}

/** After so much it is somebody else's turn. */
export const AT_ONCE_BYTES = 4 * 1024 * 1024
const NULL_START = 0x6e

/** @throws {JsonTextError} for a text that is no object, or whose `list` is no list. */
export async function outlineOf(text: Buffer, list: string): Promise<Outline> {
  const members = new Map<string, Span>()
  const elements: Span[] = []
  const starts: number[] = []
  let member = ''
  const scan = jsonScan(1, {
    begin(depth, key, at, first) {
      starts[depth] = at
      if (depth === 0 && first !== OBJECT) throw new JsonTextError('Not valid JSON: an object was expected.')
      if (depth !== 1) return
      member = key ?? ''
      if (member === list && first !== ARRAY && first !== NULL_START) {
        throw new JsonTextError(`"${list}" must be a list.`)
      }
    },
    end(depth, end) {
      const span = { start: starts[depth] ?? 0, end }
      if (depth === 1) members.set(member, span)
      if (depth === 2 && member === list) elements.push(span)
    },
  })
  for (let start = 0; start < text.length; start += AT_ONCE_BYTES) {
    if (start > 0) await setImmediate()
    scan.push(text.subarray(start, start + AT_ONCE_BYTES))
  }
  scan.finish()
  return { members, elements }
}
