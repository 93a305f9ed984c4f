/**
 * How far an update has come: what its entries so far did to the state it began with.
 *
 * Changed in place, for an update may have 100,000 entries; each costs the same however many there are.
 */
import type { Deployment } from './deployment.ts'
import { ENTRY_KIND, type JournalEntry } from './entry.ts'
import { objectText, textAt } from './json-read.ts'
import { merged } from './merge.ts'
import { changed, type Resource } from './resource.ts'

export interface Progress {
  base: Deployment
  readonly baseHasByteStrings: boolean
  /** What this update made, in the order in which it was done. */
  readonly made: Resource[]
  /** From an operation to its place in `made`. */
  readonly madeBy: Map<number, number>
  /** Operations whose resource is gone again. */
  readonly removedOperations: Set<number>
  /** The next four: places in the resources of the base. */
  readonly removedOld: Set<number>
  readonly replacedOld: Map<number, Resource>
  readonly deletedOld: Set<number>
  readonly pendingReplacementOld: Set<number>
  /** Begun and not ended, in the order of their beginnings. */
  readonly open: Map<number, JournalEntry>
  readonly extensions: Map<string, Buffer>
  refreshed: boolean
  needsByteStrings: boolean
}

export function beginWith(base: Deployment, baseHasByteStrings: boolean): Progress {
  return {
    base,
    baseHasByteStrings,
    made: [],
    madeBy: new Map(),
    removedOperations: new Set(),
    removedOld: new Set(),
    replacedOld: new Map(),
    deletedOld: new Set(),
    pendingReplacementOld: new Set(),
    open: new Map(),
    extensions: new Map(),
    refreshed: false,
    needsByteStrings: false,
  }
}

/** The progress after one more entry: the same, changed, or a new one. */
export function after(entry: JournalEntry, progress: Progress): Progress {
  if (entry.requiresByteString) progress.needsByteStrings = true
  switch (entry.kind) {
    case ENTRY_KIND.begin:
      progress.open.set(entry.operationId, entry)
      return progress
    case ENTRY_KIND.failure:
      progress.open.delete(entry.operationId)
      return progress
    case ENTRY_KIND.success:
      progress.open.delete(entry.operationId)
      return afterSuccess(entry, progress)
    case ENTRY_KIND.refreshSuccess:
      progress.open.delete(entry.operationId)
      progress.refreshed = true
      return entry.state === undefined ? afterRemoval(entry, progress) : inPlace(entry, entry.state, progress)
    case ENTRY_KIND.outputs:
      return entry.state === undefined ? progress : inPlace(entry, entry.state, progress)
    case ENTRY_KIND.write:
      progress.base = { ...(entry.newSnapshot ?? progress.base), unknown: progress.base.unknown }
      return progress
    case ENTRY_KIND.secretsManager:
      progress.base = withSecretsProvider(progress.base, entry.secretsProvider)
      return progress
    case ENTRY_KIND.rebuiltBaseState:
      return rebased(progress)
    case ENTRY_KIND.extensionParameterize:
      if (entry.extension !== undefined) progress.extensions.set(entry.extensionRef, entry.extension)
      return progress
    case ENTRY_KIND.snippets:
      progress.base = { ...progress.base, snippets: entry.snippets }
      return progress
  }
}

function afterSuccess(entry: JournalEntry, progress: Progress): Progress {
  if (entry.state !== undefined) {
    progress.madeBy.set(entry.operationId, progress.made.length)
    progress.made.push(entry.state)
  }
  if (entry.deleteOld !== undefined) progress.deletedOld.add(entry.deleteOld)
  if (entry.pendingReplacementOld !== undefined) {
    progress.pendingReplacementOld.add(entry.pendingReplacementOld)
  }
  changeMade(progress, entry.deleteNew, (one) => changed(one, { delete: true }))
  changeMade(progress, entry.pendingReplacementNew, (one) => changed(one, { pendingReplacement: true }))
  if (entry.isRefresh) progress.refreshed = true
  return afterRemoval(entry, progress)
}

function afterRemoval(entry: JournalEntry, progress: Progress): Progress {
  if (entry.removeOld !== undefined) progress.removedOld.add(entry.removeOld)
  if (entry.removeNew !== undefined) progress.removedOperations.add(entry.removeNew)
  return progress
}

/** Outputs and refreshes change a resource where it stands, so that the order of the list stays true. */
function inPlace(entry: JournalEntry, state: Resource, progress: Progress): Progress {
  if (entry.removeOld !== undefined) progress.replacedOld.set(entry.removeOld, state)
  changeMade(progress, entry.removeNew, () => state)
  return progress
}

/** An operation whose end was lost has made nothing that could be changed. */
function changeMade(
  { made, madeBy }: Progress,
  operationId: number | undefined,
  change: (resource: Resource) => Resource,
): void {
  const place = operationId === undefined ? undefined : madeBy.get(operationId)
  const resource = place === undefined ? undefined : made[place]
  if (place !== undefined && resource !== undefined) made[place] = change(resource)
}

/** The engine has read its base anew from what was done so far: places count in the new one from here. */
function rebased(progress: Progress): Progress {
  const { deployment, hasByteStrings } = merged(progress, { isRebase: true })
  return { ...beginWith(deployment, hasByteStrings), refreshed: progress.refreshed }
}

/** The same manager keeps its text; another one takes its place. */
function withSecretsProvider(base: Deployment, given: Buffer | undefined): Deployment {
  if (given === undefined) return base
  const now = base.secretsProviders
  const isSame = now !== undefined && ['type', 'state'].every((key) => hasSameText(now, given, key))
  return isSame ? base : { ...base, secretsProviders: given }
}

function hasSameText(one: Buffer, other: Buffer, key: string): boolean {
  const mine = textAt(objectText(one), key)
  const theirs = textAt(objectText(other), key)
  return mine === undefined || theirs === undefined ? mine === theirs : mine.equals(theirs)
}
