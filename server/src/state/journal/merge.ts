/**
 * The state that an update has reached: what it made, then what is left of its base.
 *
 * Both lists are in an order in which nothing comes before what it depends on, and what was made can depend on what is
 * left only through what was made too: so the one behind the other is in such an order again.
 */
import type { Deployment, PendingOperation } from './deployment.ts'
import type { Progress } from './progress.ts'
import { renamedResource, renamedSnippet, renameOf, withoutDangling } from './references.ts'
import { changed, type Resource } from './resource.ts'

export interface Merged {
  readonly deployment: Deployment
  /** Whether something in it holds bytes that are not UTF-8, as far as anybody said. */
  readonly hasByteStrings: boolean
}

/** @param isRebase See `withoutDangling`. */
export function merged(progress: Progress, { isRebase }: { isRebase: boolean }): Merged {
  const { base, made, madeBy } = progress
  const removed = new Set(progress.removedOperations.values().map((operation) => madeBy.get(operation)))
  const left = base.resources.flatMap((resource, place) => leftOfBase(resource, place, progress))
  const all = [...made.filter((_, place) => !removed.has(place)), ...left]
  const resources = progress.refreshed ? withoutDangling(all, isRebase) : all
  const rename = renameOf(resources)
  return {
    hasByteStrings: progress.needsByteStrings || (progress.baseHasByteStrings && left.length > 0),
    deployment: {
      ...base,
      resources: rename ? resources.map((resource) => renamedResource(resource, rename)) : resources,
      pendingOperations: [...openOperations(progress), ...base.pendingOperations.filter(isCreating)],
      snippets: rename ? base.snippets.map((snippet) => renamedSnippet(snippet, rename)) : base.snippets,
      extensions: new Map([...progress.extensions, ...base.extensions]),
    },
  }
}

function leftOfBase(resource: Resource, place: number, progress: Progress): Resource[] {
  if (progress.removedOld.has(place)) return []
  const now = progress.replacedOld.get(place) ?? resource
  const isPending = progress.pendingReplacementOld.has(place)
  const isDeleted = progress.deletedOld.has(place)
  if (!isPending && !isDeleted) return [now]
  const { pendingReplacement, delete: isMarked } = now.fields
  return [
    changed(now, { pendingReplacement: isPending || pendingReplacement, delete: isDeleted || isMarked }),
  ]
}

function openOperations({ open }: Progress): PendingOperation[] {
  return [...open.values()].flatMap(({ operation }) => (operation === undefined ? [] : [operation]))
}

/** Whether a resource was created nobody knows: only a person can settle it, so it is carried on and on. */
function isCreating({ type }: PendingOperation): boolean {
  return type === 'creating'
}
