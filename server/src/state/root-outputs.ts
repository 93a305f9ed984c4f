/** The outputs of a stack itself, as they stand in its root resource: one resource of a state that passes by is held. */
import { isObject, membersOf, textOf } from './json-span.ts'
import { resourcesIn } from './resources-in.ts'
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
