/** The outputs of a stack itself, as they stand in its root resource: one resource of a state that passes by is held. */
import { ARRAY, jsonScan } from './json-scan.ts'
import { isObject, membersOf, type Span, textOf } from './json-span.ts'
import type { Pieces } from './state-chunks.ts'

const ROOT_TYPE = '"pulumi:pulumi:Stack"'
const NONE = Buffer.from('{}')

/** @param deployment The text of a deployment; read until the root resource has passed. */
export async function rootOutputs(deployment: Pieces): Promise<Buffer> {
  for await (const resource of resourcesIn(deployment)) {
    if (!resource.includes(ROOT_TYPE)) continue
    const members = membersOf(resource)
    const type = members.get('type')
    if (!type || textOf(resource, type) !== ROOT_TYPE) continue
    const outputs = members.get('outputs')
    return outputs && isObject(resource, outputs) ? resource.subarray(outputs.start, outputs.end) : NONE
  }
  return NONE
}

/** Those that are objects. */
async function* resourcesIn(deployment: Pieces): AsyncGenerator<Buffer> {
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
