/**
 * A state that the CLI would refuse, mended as the CLI mends it: put in order, and freed of references to nothing.
 *
 * A journal can lead to such a state when the engine errs: with `up --exclude` of a component it makes what is inside a
 * component that it does not make. A CLI that keeps whole states repairs them before it sends them; with a journal that
 * falls to us, or nobody could go on without `pulumi state repair`.
 */
import { integrityProblem, referencesOf } from './integrity.ts'
import { providerUrnOf, underParent, withoutEmpty } from './references.ts'
import { changed, type Resource, type ResourceFields } from './resource.ts'

/** Undefined when no repair helps: in a circle, twice the same resource, without its provider. */
export function repaired(resources: readonly Resource[]): Resource[] | undefined {
  const sorted = inOrder(resources)
  if (sorted === undefined) return undefined
  const pruned = withoutMissing(sorted)
  return integrityProblem(pruned) === undefined ? pruned : undefined
}

/** Each behind what it refers to; undefined when they refer to each other in a circle. */
function inOrder(resources: readonly Resource[]): Resource[] | undefined {
  const find = finderOf(resources)
  const sorted: Resource[] = []
  const done = new Set<Resource>()
  for (const first of resources) {
    // Not by recursion: a chain may be as long as the state.
    const path = done.has(first) ? [] : [entered(first, find)]
    const open = new Set([first])
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const next = last.needs.pop()
      if (next === undefined) {
        path.pop()
        open.delete(last.resource)
        done.add(last.resource)
        sorted.push(last.resource)
      } else if (open.has(next)) {
        return undefined
      } else if (!done.has(next)) {
        open.add(next)
        path.push(entered(next, find))
      }
    }
  }
  return sorted
}

type Find = (urn: string, from: Resource) => Resource | undefined

function entered(resource: Resource, find: Find): { resource: Resource; needs: Resource[] } {
  const { fields } = resource
  const urns = [...referencesOf(fields), providerUrnOf(fields.provider)]
  // From the last, as they are taken from its end.
  return { resource, needs: urns.flatMap((urn) => find(urn, resource) ?? []).reverse() }
}

/** Two may share a URN: what waits for its deletion refers to what does, too, and what lives to what lives. */
function finderOf(resources: readonly Resource[]): Find {
  const living = new Map<string, Resource>()
  const leaving = new Map<string, Resource>()
  for (const resource of resources) {
    const { urn, delete: isLeaving } = resource.fields
    ;(isLeaving ? leaving : living).set(urn, resource)
  }
  return (urn, { fields }) =>
    fields.delete ? (leaving.get(urn) ?? living.get(urn)) : (living.get(urn) ?? leaving.get(urn))
}

/** A child whose parent is missing becomes a child of nobody; that is part of its URN, and of its children's. */
function withoutMissing(sorted: readonly Resource[]): Resource[] {
  const urns = new Map<string, string>()
  return sorted.map((resource) => {
    const { fields } = resource
    const now = (urn: string): string => urns.get(urn) ?? ''
    const parent = now(fields.parent)
    const urn = fields.parent === '' ? fields.urn : underParent(fields.urn, parent)
    urns.set(fields.urn, urn)
    return changed(resource, { urn, parent, ...keptReferences(fields, now) })
  })
}

function keptReferences(
  { deletedWith, dependencies, replaceWith, propertyDependencies }: ResourceFields,
  now: (urn: string) => string,
): Pick<ResourceFields, 'deletedWith' | 'dependencies' | 'replaceWith' | 'propertyDependencies'> {
  const kept = (list: readonly string[]): readonly string[] => list.map(now).filter((urn) => urn !== '')
  return {
    deletedWith: now(deletedWith),
    dependencies: kept(dependencies),
    replaceWith: kept(replaceWith),
    propertyDependencies: withoutEmpty(
      new Map([...propertyDependencies].map(([key, list]) => [key, kept(list)])),
    ),
  }
}
