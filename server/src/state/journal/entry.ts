/**
 * What the CLI tells of an update: journal entries.
 *
 * Shape: Pulumi's `apitype.JournalEntry`, version 1. An entry that is accepted here can be replayed: everything that
 * replay will read has been read once, so a bad one is refused while its sender can still be told.
 */
import { JsonTextError } from '../json-span.ts'
import { type Deployment, type PendingOperation, readDeployment, readOperation } from './deployment.ts'
import {
  booleanAt,
  elementsAt,
  integerAt,
  type ObjectText,
  objectAt,
  objectText,
  stringAt,
  textAt,
} from './json-read.ts'
import { checkSnippet } from './references.ts'
import { type Resource, readResource } from './resource.ts'

export const ENTRY_KIND = {
  begin: 0,
  success: 1,
  failure: 2,
  refreshSuccess: 3,
  outputs: 4,
  write: 5,
  secretsManager: 6,
  rebuiltBaseState: 7,
  extensionParameterize: 8,
  snippets: 9,
} as const

export type EntryKind = (typeof ENTRY_KIND)[keyof typeof ENTRY_KIND]

/**
 * `…Old` are places in the resources of the state that the update began with (or that a later `write` or
 * `rebuiltBaseState` put in its stead), counted from 0; `…New` are operations of earlier entries.
 */
export interface JournalEntry {
  readonly kind: EntryKind
  /** From 1, one of a kind in an update. */
  readonly sequenceId: number
  readonly operationId: number
  readonly removeOld: number | undefined
  readonly removeNew: number | undefined
  readonly deleteOld: number | undefined
  readonly deleteNew: number | undefined
  readonly pendingReplacementOld: number | undefined
  readonly pendingReplacementNew: number | undefined
  readonly state: Resource | undefined
  readonly operation: PendingOperation | undefined
  readonly isRefresh: boolean
  readonly secretsProvider: Buffer | undefined
  readonly snippets: readonly Buffer[]
  readonly newSnapshot: Deployment | undefined
  readonly extensionRef: string
  readonly extension: Buffer | undefined
  /** Something in it holds bytes that are not UTF-8, which an older CLI would spoil. */
  readonly requiresByteString: boolean
}

/**
 * The entries of one request, as they stand in it.
 *
 * @param body `{"entries": […]}`.
 * @throws {JsonTextError} whose sentence is meant for the client, for anything else.
 */
export function entriesIn(body: Buffer): JournalEntry[] {
  return elementsAt(objectText(body), 'entries').map(readEntry)
}

/** By sequence, each number once: a request that was retried after a lost answer stands twice in a journal. */
export function inSequence(entries: Iterable<JournalEntry>): JournalEntry[] {
  const first = new Map<number, JournalEntry>()
  for (const entry of entries) if (!first.has(entry.sequenceId)) first.set(entry.sequenceId, entry)
  return [...first.values()].sort((one, other) => one.sequenceId - other.sequenceId)
}

const JOURNAL_VERSION = 1
const KINDS: ReadonlySet<number> = new Set(Object.values(ENTRY_KIND))

function readEntry(text: Buffer): JournalEntry {
  const object = objectText(text)
  const version = integerAt(object, 'version')
  if (version !== JOURNAL_VERSION) {
    throw new JsonTextError(`A journal entry of version ${version} is newer than this server.${HOW_TO_GO_ON}`)
  }
  const sequenceId = integerAt(object, 'sequenceID') ?? 0
  if (sequenceId === 0) throw new JsonTextError('A journal entry must have a "sequenceID" from 1.')
  const entry: JournalEntry = {
    kind: kindOf(object),
    sequenceId,
    operationId: integerAt(object, 'operationID') ?? 0,
    removeOld: integerAt(object, 'removeOld'),
    removeNew: integerAt(object, 'removeNew'),
    deleteOld: integerAt(object, 'deleteOld'),
    deleteNew: integerAt(object, 'deleteNew'),
    pendingReplacementOld: integerAt(object, 'pendingReplacementOld'),
    pendingReplacementNew: integerAt(object, 'pendingReplacementNew'),
    state: readAt(object, 'state', readResource),
    operation: readAt(object, 'operation', readOperation),
    isRefresh: booleanAt(object, 'isRefresh'),
    secretsProvider: objectAt(object, 'secretsProvider'),
    snippets: elementsAt(object, 'snippets').map(checkSnippet),
    newSnapshot: readAt(object, 'newSnapshot', readDeployment),
    extensionRef: stringAt(object, 'extensionRef'),
    extension: textAt(object, 'extension'),
    requiresByteString: booleanAt(object, 'requiresByteString'),
  }
  return entry
}

const HOW_TO_GO_ON = ' Set PULUMI_DISABLE_JOURNALING=true, or update the server.'

function kindOf(object: ObjectText): EntryKind {
  // Begin is 0, and Go's encoder writes it; an absent kind is no entry of ours.
  const kind = integerAt(object, 'kind')
  if (kind === undefined || !KINDS.has(kind)) {
    throw new JsonTextError(`A journal entry of kind ${kind} is not known to this server.${HOW_TO_GO_ON}`)
  }
  return kind as EntryKind
}

function readAt<T>(object: ObjectText, key: string, read: (text: Buffer) => T): T | undefined {
  const text = textAt(object, key)
  return text === undefined ? undefined : read(text)
}
