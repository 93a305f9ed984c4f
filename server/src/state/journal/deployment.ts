/**
 * A whole state: read for replay, and printed.
 *
 * Owns: the members of Pulumi's `DeploymentV3`. Does not own: what an entry does to them (replay.ts). Members that we do
 * not know stay as they are, behind those that we do.
 */
import { setImmediate } from 'node:timers/promises'
import { AT_ONCE_BYTES, outlineOf } from '../json-outline.ts'
import { JsonTextError } from '../json-span.ts'
import { arrayOf, goString, objectOf } from './go-json.ts'
import { elementsAt, type ObjectText, objectAt, objectText, stringAt, textAt } from './json-read.ts'
import { checkSnippet } from './references.ts'
import { type Resource, readResource, resourceAt, resourceText } from './resource.ts'

export interface Deployment {
  readonly resources: readonly Resource[]
  readonly pendingOperations: readonly PendingOperation[]
  /** `{"type", "state"}`: with what the secrets in this state are encrypted. */
  readonly secretsProviders: Buffer | undefined
  readonly metadata: Buffer | undefined
  readonly snippets: readonly Buffer[]
  /** Blobs that resources refer to by `extensionRef`. */
  readonly extensions: ReadonlyMap<string, Buffer>
  readonly unknown: readonly (readonly [string, Buffer])[]
}

/** An operation whose end was never heard of. */
export interface PendingOperation {
  readonly text: Buffer
  /** `creating`, `updating`, `deleting`, `reading` or `importing`. */
  readonly type: string
  readonly resource: Resource
}

export interface Manifest {
  readonly time: Date
  /** Of the CLI, with its `v`; may be empty. */
  readonly version: string
  /** SHA-256 of the version in hex, empty with it. */
  readonly magic: string
}

export const NO_DEPLOYMENT: Deployment = {
  resources: [],
  pendingOperations: [],
  secretsProviders: undefined,
  metadata: undefined,
  snippets: [],
  extensions: new Map(),
  unknown: [],
}

/** @param text The object under `deployment` of a state, of schema version 3 or newer. @throws {JsonTextError} */
export function readDeployment(text: Buffer): Deployment {
  const object = objectText(text)
  return deploymentOf(object, elementsAt(object, 'resources').map(readResource))
}

/** The same for a text that may be large: others get their turn meanwhile. */
export async function readLargeDeployment(text: Buffer): Promise<Deployment> {
  const { members, elements } = await outlineOf(text, 'resources')
  const resources: Resource[] = []
  let pausedAt = 0
  for (const { start, end } of elements) {
    if (end - pausedAt > AT_ONCE_BYTES) {
      await setImmediate()
      pausedAt = start
    }
    resources.push(readResource(text.subarray(start, end)))
  }
  return deploymentOf({ bytes: text, members }, resources)
}

function deploymentOf(object: ObjectText, resources: readonly Resource[]): Deployment {
  return {
    resources,
    pendingOperations: elementsAt(object, 'pending_operations').map(readOperation),
    secretsProviders: objectAt(object, 'secrets_providers'),
    metadata: objectAt(object, 'metadata'),
    snippets: elementsAt(object, 'snippets').map(checkSnippet),
    extensions: membersAt(object, 'extensions'),
    unknown: [...object.members.keys()]
      .filter((key) => !KNOWN.has(key))
      .flatMap((key) => {
        const value = textAt(object, key)
        return value === undefined ? [] : [[key, value] as const]
      }),
  }
}

export function readOperation(text: Buffer): PendingOperation {
  const object = objectText(text)
  const type = stringAt(object, 'type')
  if (type === '') throw new JsonTextError('An operation must have a "type".')
  return { text, type, resource: resourceAt(object, 'resource') }
}

/** The text in pieces, which share the memory of what they were read from. */
export function deploymentPieces(deployment: Deployment, manifest: Manifest): Buffer[] {
  const { resources, pendingOperations, secretsProviders, metadata, snippets, extensions } = deployment
  const members: [string, readonly Buffer[]][] = [['manifest', [manifestText(manifest)]]]
  if (secretsProviders !== undefined) members.push(['secrets_providers', [secretsProviders]])
  if (resources.length > 0) members.push(['resources', arrayOf(resources.map(resourceText))])
  if (pendingOperations.length > 0) {
    members.push(['pending_operations', arrayOf(pendingOperations.map(({ text }) => [text]))])
  }
  members.push(['metadata', [metadata ?? Buffer.from('{}')]])
  if (snippets.length > 0) members.push(['snippets', arrayOf(snippets.map((text) => [text]))])
  if (extensions.size > 0) members.push(['extensions', objectOf(extensions)])
  for (const [key, text] of deployment.unknown) members.push([key, [text]])
  const whole = members.flatMap(([key, pieces], index) => [
    Buffer.from(`${index === 0 ? '{' : ','}${goString(key)}:`),
    ...pieces,
  ])
  whole.push(Buffer.from('}'))
  return whole
}

const KNOWN = new Set([
  'manifest',
  'secrets_providers',
  'resources',
  'pending_operations',
  'metadata',
  'snippets',
  'extensions',
])

function membersAt(object: ObjectText, key: string): ReadonlyMap<string, Buffer> {
  const text = objectAt(object, key)
  const members = new Map<string, Buffer>()
  if (text === undefined) return members
  for (const [name, span] of objectText(text).members) members.set(name, text.subarray(span.start, span.end))
  return members
}

function manifestText({ time, magic, version }: Manifest): Buffer {
  return Buffer.from(
    `{"time":"${time.toISOString()}","magic":${goString(magic)},"version":${goString(version)}}`,
  )
}
