/** The resources of a state that passes by, one after the other: one of them is held at a time. */
import { ARRAY, jsonScan } from './json-scan.ts'
import { isObject, type Span } from './json-span.ts'
import type { Pieces } from './state-chunks.ts'

/** Those that are objects. */
export async function* resourcesIn(deployment: Pieces): AsyncGenerator<Buffer> {
  let inResources = false
  let start: number | undefined
  let ended: Span[] = []
  const scan = jsonScan(1, {
    begin(depth, key, at, first) {
      if (depth === 1) inResources = key === 'resources' && first === ARRAY
      if (depth === 2 && inResources) start = at
    },
    end(depth, at) {
      if (depth !== 2 || start === undefined) return
      ended.push({ start, end: at })
      start = undefined
    },
  })
  let held: Buffer[] = []
  let passed = 0
  for await (const piece of deployment) {
    scan.push(piece)
    for (const span of ended) {
      const end = piece.subarray(Math.max(span.start - passed, 0), span.end - passed)
      const text = held.length === 0 ? end : Buffer.concat([...held, end])
      held = []
      if (isObject(text, { start: 0, end: text.length })) yield text
    }
    ended = []
    if (start !== undefined) held.push(piece.subarray(Math.max(start - passed, 0)))
    passed += piece.length
  }
}
