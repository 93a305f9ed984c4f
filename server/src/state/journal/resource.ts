/**
 * One resource of a state: its text, and the few fields that replay reads or changes.
 *
 * Inputs and outputs are never looked into. What nobody changes is printed as it was read, byte for byte; a changed
 * resource is put together again from its members, each of which keeps its text.
 */
import { JsonTextError, membersOf } from '../json-span.ts'
import { goObject, goString, goStrings, objectOf } from './go-json.ts'
import {
  booleanAt,
  listsAt,
  type ObjectText,
  objectAt,
  objectText,
  stringAt,
  stringsAt,
  textAt,
} from './json-read.ts'

/** What replay may change. Absent strings are `''`, absent lists empty: the CLI writes neither. */
export interface ResourceFields {
  readonly urn: string
  readonly parent: string
  /** `<urn>::<id>` of a provider resource. */
  readonly provider: string
  readonly deletedWith: string
  readonly viewOf: string
  readonly dependencies: readonly string[]
  readonly replaceWith: readonly string[]
  readonly propertyDependencies: ReadonlyMap<string, readonly string[]>
  /** URNs that it had before. Written by the CLI in journal entries, never in a state. */
  readonly aliases: readonly string[]
  /** To be deleted by the next update: what a replacement leaves. */
  readonly delete: boolean
  /** Deleted before its replacement, which is not there yet. */
  readonly pendingReplacement: boolean
}

/** What replay only reads. */
export interface ResourceMarks {
  readonly type: string
  readonly id: string
  readonly custom: boolean
  readonly taint: boolean
  readonly refreshBeforeUpdate: boolean
  readonly hasHooks: boolean
  readonly extensionRef: string
  readonly snippetId: string
}

export interface Resource {
  readonly text: Buffer
  readonly marks: ResourceMarks
  readonly written: ResourceFields
  readonly fields: ResourceFields
}

/** @throws {JsonTextError} for what is not a resource: at least an object with a `urn`. */
export function readResource(text: Buffer): Resource {
  const object = objectText(text)
  const fields: ResourceFields = {
    urn: stringAt(object, 'urn'),
    parent: stringAt(object, 'parent'),
    provider: stringAt(object, 'provider'),
    deletedWith: stringAt(object, 'deletedWith'),
    viewOf: stringAt(object, 'viewOf'),
    dependencies: stringsAt(object, 'dependencies'),
    replaceWith: stringsAt(object, 'replaceWith'),
    propertyDependencies: listsAt(object, 'propertyDependencies'),
    aliases: stringsAt(object, 'aliases'),
    delete: booleanAt(object, 'delete'),
    pendingReplacement: booleanAt(object, 'pendingReplacement'),
  }
  if (fields.urn === '') throw new JsonTextError('A resource must have a "urn".')
  return { text, marks: marksOf(object), written: fields, fields }
}

export function changed(resource: Resource, changes: Partial<ResourceFields>): Resource {
  return { ...resource, fields: { ...resource.fields, ...changes } }
}

/** The resource as text, in pieces that share memory with what was read. */
export function resourceText({ text, written, fields }: Resource): Buffer[] {
  const values = new Map<string, string | undefined>()
  for (const key of FIELDS) if (written[key] !== fields[key]) values.set(key, fieldText(fields[key]))
  if (values.size === 0) return [text]
  const members: (readonly [string, Buffer | string])[] = []
  for (const [key, span] of membersOf(text)) {
    if (!values.has(key)) members.push([key, text.subarray(span.start, span.end)])
    else push(members, key, values.get(key))
    values.delete(key)
  }
  for (const [key, value] of values) push(members, key, value)
  return objectOf(members)
}

const FIELDS = [
  'urn',
  'parent',
  'provider',
  'deletedWith',
  'viewOf',
  'dependencies',
  'replaceWith',
  'propertyDependencies',
  'aliases',
  'delete',
  'pendingReplacement',
] as const satisfies readonly (keyof ResourceFields)[]

function marksOf(object: ObjectText): ResourceMarks {
  const hooks = objectAt(object, 'resourceHooks')
  return {
    type: stringAt(object, 'type'),
    id: stringAt(object, 'id'),
    custom: booleanAt(object, 'custom'),
    taint: booleanAt(object, 'taint'),
    refreshBeforeUpdate: booleanAt(object, 'refreshBeforeUpdate'),
    hasHooks: hooks !== undefined && membersOf(hooks).size > 0,
    extensionRef: stringAt(object, 'extensionRef'),
    snippetId: stringAt(object, 'snippetID'),
  }
}

/** Undefined: the CLI leaves the field out. */
function fieldText(value: ResourceFields[keyof ResourceFields]): string | undefined {
  if (typeof value === 'boolean') return value ? 'true' : undefined
  if (typeof value === 'string') return value === '' ? undefined : goString(value)
  if (value instanceof Map) {
    if (value.size === 0) return undefined
    return goObject([...value].map(([key, urns]) => [key, goStrings(urns)]))
  }
  const list = value as readonly string[]
  return list.length === 0 ? undefined : goStrings(list)
}

function push(members: (readonly [string, string | Buffer])[], key: string, value: string | undefined): void {
  if (value !== undefined) members.push([key, value])
}

/** For integrity and features of what stands in an operation: its resource's text. */
export function resourceAt(object: ObjectText, key: string): Resource {
  const text = textAt(object, key)
  if (text === undefined) throw new JsonTextError(`"${key}" must be a resource.`)
  return readResource(text)
}
