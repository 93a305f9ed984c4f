/**
 * URNs by which resources of one state refer to each other, kept true.
 *
 * Two repairs, both as the CLI does them before it writes a state: after a refresh, references to what is gone are
 * dropped; after a rename, references by an old URN get the new one, and aliases, which have done their work, go.
 */
import { membersOf } from '../json-span.ts'
import { goObject, goString, objectOf } from './go-json.ts'
import { objectText, stringAt } from './json-read.ts'
import { changed, type Resource, type ResourceFields } from './resource.ts'

const ROOT_STACK_TYPE = 'pulumi:pulumi:Stack'
const URN_DELIMITER = '::'

/**
 * Drops references to resources that do not stand earlier in the list.
 *
 * Resources may share a URN (one of them waits for its deletion), so what may be referred to grows along the list.
 * A child of a resource that is gone loses its parent; the CLI's comments promise it the grandparent, the CLI does not.
 *
 * @param isRebase The engine reads its base anew: then it forgets the properties without dependencies everywhere,
 *   otherwise only where something dangled.
 */
export function withoutDangling(resources: readonly Resource[], isRebase: boolean): Resource[] {
  const earlier = new Set<string>()
  return resources.map((resource) => {
    const { fields } = resource
    const repaired = repairedFields(fields, earlier)
    earlier.add(fields.urn)
    if (repaired === undefined && !isRebase) return resource
    const lists = (repaired ?? fields).propertyDependencies
    return changed(resource, { ...repaired, propertyDependencies: withoutEmpty(lists) })
  })
}

/** Undefined where nothing dangles. */
function repairedFields(
  fields: ResourceFields,
  earlier: ReadonlySet<string>,
): Pick<ResourceFields, DependencyField> | undefined {
  const { parent, deletedWith, dependencies, replaceWith, propertyDependencies } = fields
  const dangles = (urn: string): boolean => urn !== '' && !earlier.has(urn)
  const lists = [dependencies, replaceWith, ...propertyDependencies.values()]
  if (!dangles(parent) && !dangles(deletedWith) && !lists.some((urns) => urns.some(dangles))) return undefined
  const kept = (urns: readonly string[]): readonly string[] =>
    urns.some(dangles) ? urns.filter((urn) => !dangles(urn)) : urns
  return {
    parent: dangles(parent) ? '' : parent,
    deletedWith: dangles(deletedWith) ? '' : deletedWith,
    dependencies: kept(dependencies),
    replaceWith: kept(replaceWith),
    propertyDependencies: new Map([...propertyDependencies].map(([key, urns]) => [key, kept(urns)])),
  }
}

type DependencyField = 'parent' | 'deletedWith' | 'dependencies' | 'replaceWith' | 'propertyDependencies'

export type Rename = (urn: string) => string

/** What the resources' aliases say: old URNs to new ones. Undefined where nothing was renamed. */
export function renameOf(resources: readonly Resource[]): Rename | undefined {
  const renamed = new Map<string, string>()
  for (const { fields } of resources) {
    for (const alias of fields.aliases) if (!renamed.has(alias)) renamed.set(alias, fields.urn)
    const parent = renamed.get(fields.parent)
    // The type of a parent is part of its children's URNs, unless it is the stack.
    if (parent === undefined || qualifiedTypeOf(parent) === ROOT_STACK_TYPE) continue
    renamed.set(fields.urn, underParent(fields.urn, parent))
  }
  return renamed.size === 0 ? undefined : (urn) => renamed.get(urn) ?? urn
}

export function renamedResource(resource: Resource, rename: Rename): Resource {
  const { fields } = resource
  return changed(resource, {
    urn: rename(fields.urn),
    parent: rename(fields.parent),
    provider: renamedProvider(fields.provider, rename),
    deletedWith: rename(fields.deletedWith),
    viewOf: rename(fields.viewOf),
    dependencies: mapped(fields.dependencies, rename),
    replaceWith: mapped(fields.replaceWith, rename),
    propertyDependencies: mappedLists(fields.propertyDependencies, rename),
    aliases: NO_ALIASES,
  })
}

/** A snippet's `references` are URNs by name. */
export function renamedSnippet(text: Buffer, rename: Rename): Buffer {
  const members = membersOf(text)
  const span = members.get('references')
  if (span === undefined) return text
  const references = objectText(text.subarray(span.start, span.end))
  const renamed = [...references.members.keys()].map(
    (name) => [name, goString(rename(stringAt(references, name)))] as const,
  )
  return Buffer.concat(
    objectOf(
      [...members].map(([key, value]) =>
        key === 'references' ? [key, goObject(renamed)] : [key, text.subarray(value.start, value.end)],
      ),
    ),
  )
}

const NO_ALIASES: readonly string[] = []

/** A resource names its provider by URN and id. */
export function providerUrnOf(provider: string): string {
  return provider.slice(0, Math.max(0, provider.lastIndexOf(URN_DELIMITER)))
}

function renamedProvider(provider: string, rename: Rename): string {
  const end = provider.lastIndexOf(URN_DELIMITER)
  return end === -1 ? provider : rename(provider.slice(0, end)) + provider.slice(end)
}

/**
 * `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`
 *
 * @param parent Its URN; empty for a child of nobody. Neither then nor under the stack it has a part in the URN.
 */
export function underParent(urn: string, parent: string): string {
  const [stack = '', project = '', qualifiedType = '', ...name] = urn.split(URN_DELIMITER)
  const type = qualifiedType.slice(qualifiedType.lastIndexOf('$') + 1)
  const above = qualifiedTypeOf(parent)
  const qualified = above === '' || above === ROOT_STACK_TYPE ? type : `${above}$${type}`
  return [stack, project, qualified, ...name].join(URN_DELIMITER)
}

function qualifiedTypeOf(urn: string): string {
  return urn.split(URN_DELIMITER)[2] ?? ''
}

/** The same map where nothing changes, so that the text is kept. */
export function withoutEmpty(
  lists: ResourceFields['propertyDependencies'],
): ResourceFields['propertyDependencies'] {
  if (lists.values().every((urns) => urns.length > 0)) return lists
  return new Map(lists.entries().filter(([, urns]) => urns.length > 0))
}

function mapped(urns: readonly string[], rename: Rename): readonly string[] {
  return urns.some((urn) => rename(urn) !== urn) ? urns.map(rename) : urns
}

function mappedLists(
  lists: ResourceFields['propertyDependencies'],
  rename: Rename,
): ResourceFields['propertyDependencies'] {
  if (![...lists.values()].some((urns) => urns.some((urn) => rename(urn) !== urn))) return lists
  return new Map([...lists].map(([key, urns]) => [key, mapped(urns, rename)]))
}

/** @throws {JsonTextError} for a snippet that `renamedSnippet` could not read. */
export function checkSnippet(text: Buffer): Buffer {
  renamedSnippet(text, (urn) => urn)
  return text
}
