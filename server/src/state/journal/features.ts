/** What a state uses that a CLI of schema version 3 cannot read. Names are Pulumi's. */
import type { PendingOperation } from './deployment.ts'
import type { Resource } from './resource.ts'

/** Schema version without any feature, and the least with one. */
const SCHEMA_VERSION = 3
const SCHEMA_VERSION_WITH_FEATURES = 4

export const BYTE_STRING = 'byteString'

const SNIPPETS = 'snippets-prototype'
const KNOWN: ReadonlySet<string> = new Set([
  BYTE_STRING,
  SNIPPETS,
  'refreshBeforeUpdate',
  'views',
  'hooks',
  'taint',
  'replaceWith',
  'extensionParameterization',
])

export interface SchemaLabel {
  readonly schemaVersion: number
  /** Sorted. */
  readonly features: readonly string[]
}

export interface Featured {
  readonly resources: readonly Resource[]
  readonly pendingOperations: readonly PendingOperation[]
  readonly snippets: readonly Buffer[]
}

/**
 * The label of a state.
 *
 * @param before The label of the state it came from: what a newer CLI wrote there stays said.
 * @param hasByteStrings Invisible in the text, for such strings may be encrypted.
 */
export function labelOf(
  state: Featured,
  before: SchemaLabel | undefined,
  hasByteStrings: boolean,
): SchemaLabel {
  const features = new Set(before?.features.filter((feature) => !KNOWN.has(feature)))
  for (const resource of state.resources) addFeatures(resource, features)
  for (const { resource } of state.pendingOperations) addFeatures(resource, features)
  if (state.snippets.length > 0) features.add(SNIPPETS)
  if (hasByteStrings && state.resources.length + state.pendingOperations.length > 0) features.add(BYTE_STRING)
  const needed = features.size > 0 ? SCHEMA_VERSION_WITH_FEATURES : SCHEMA_VERSION
  const inherited = before?.schemaVersion ?? SCHEMA_VERSION
  return {
    schemaVersion: inherited > SCHEMA_VERSION_WITH_FEATURES ? inherited : needed,
    features: [...features].sort(),
  }
}

function addFeatures({ fields, marks }: Resource, features: Set<string>): void {
  if (marks.refreshBeforeUpdate) features.add('refreshBeforeUpdate')
  if (fields.viewOf !== '') features.add('views')
  if (marks.hasHooks) features.add('hooks')
  if (marks.taint) features.add('taint')
  if (fields.replaceWith.length > 0) features.add('replaceWith')
  if (marks.extensionRef !== '') features.add('extensionParameterization')
  if (marks.snippetId !== '') features.add(SNIPPETS)
}
