/**
 * The resources of a stack for people and programs that want to see what there is.
 *
 * A list says what each is and what it hangs on, and holds no property: those are most of a state, and the secrets. One
 * resource has its properties as they stand in an export, where secrets are ciphertexts.
 */
import { membersOf, type Span, textOf } from './json-span.ts'
import { resourcesIn } from './resources-in.ts'
import type { Pieces } from './state-chunks.ts'

/** Of Pulumi's `Resource`, what a list tells. */
const LISTED = [
  'id',
  'type',
  'urn',
  'custom',
  'delete',
  'dependencies',
  'parent',
  'protect',
  'external',
  'retainOnDelete',
  'deletedWith',
] as const
const PROPERTIES = ['inputs', 'outputs', 'additionalSecretOutputs', 'aliases', 'initErrors'] as const

/** What a state leaves out when it is so, and Pulumi's clients cannot read an answer without. */
const DEFAULTS: Readonly<Record<string, string>> = {
  type: '""',
  urn: '""',
  custom: 'false',
  delete: 'false',
  dependencies: '[]',
}

/** So many bytes of an answer are gathered before they go out. */
const PIECE_BYTES = 64 * 1024

/** The JSON text of `{"resources":[{"resource":…}],"region":"","version":…}`. */
export async function* resourceListPieces(deployment: Pieces, version: number): AsyncGenerator<Buffer> {
  let text = '{"resources":['
  let comma = ''
  for await (const resource of resourcesIn(deployment)) {
    text += `${comma}{"resource":${told(resource, membersOf(resource), LISTED)}}`
    comma = ','
    if (text.length < PIECE_BYTES) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(`${text}],"region":"","version":${version}}`)
}

/**
 * One resource, or undefined when there is none of that name. Where an old one still waits to be deleted beside the
 * new one, it is the new one.
 */
export async function oneResource(deployment: Pieces, urn: string): Promise<string | undefined> {
  let waiting: string | undefined
  const plain = longestPlain(urn)
  for await (const resource of resourcesIn(deployment)) {
    if (!resource.includes(plain)) continue
    const members = membersOf(resource)
    const own = members.get('urn')
    if (!own || JSON.parse(textOf(resource, own)) !== urn) continue
    const text = told(resource, members, [...LISTED, ...PROPERTIES])
    const isWaiting = members.get('delete')
    if (!isWaiting || textOf(resource, isWaiting) !== 'true') return text
    waiting = text
  }
  return waiting
}

/** What no writer of JSON escapes: a quick look whether a text can hold the whole. */
function longestPlain(text: string): string {
  const parts = text.match(/[\w:.$-]+/g) ?? []
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '')
}

function told(resource: Buffer, members: ReadonlyMap<string, Span>, names: readonly string[]): string {
  const parts = names.flatMap((name) => {
    const span = members.get(name)
    const value = span ? textOf(resource, span) : undefined
    const said = value === undefined || value === 'null' ? DEFAULTS[name] : value
    return said === undefined ? [] : [`${JSON.stringify(name)}:${said}`]
  })
  return `{${parts.join(',')}}`
}
