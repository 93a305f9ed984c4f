/** Resources by who holds whom, as rows one below the other. */
import type { Resource } from './resources.ts'
import { partsOfUrn } from './urn.ts'

export interface TreeNode {
  readonly key: string
  readonly resource: Resource
  readonly children: readonly TreeNode[]
}

export interface TreeRow {
  readonly node: TreeNode
  /** From 0. */
  readonly depth: number
  readonly isOpen: boolean
  readonly place: number
  readonly siblings: number
}

/** Whose parent is not among them stands at the top. Names beside each other are sorted; nobody holds himself. */
export function treeOf(resources: readonly Resource[]): TreeNode[] {
  const children = new Map<string, Resource[]>()
  const urns = new Set(resources.map(({ urn }) => urn))
  const top: Resource[] = []
  for (const resource of resources) {
    const { parent } = resource
    if (!parent || !urns.has(parent) || parent === resource.urn) top.push(resource)
    else if (children.get(parent)?.push(resource) === undefined) children.set(parent, [resource])
  }
  const seen = new Set<Resource>()
  const nodeOf = (resource: Resource): TreeNode => {
    seen.add(resource)
    // Of two with one name, the one that goes has no children: they are the new one's.
    const held = resource.delete ? [] : (children.get(resource.urn) ?? []).filter((one) => !seen.has(one))
    return { key: keyOf(resource), resource, children: sorted(held).map(nodeOf) }
  }
  const found = sorted(top).map(nodeOf)
  // Rings, and children of none but resources that go.
  const lost = resources.filter((one) => !seen.has(one))
  return [...found, ...sorted(lost).map((one) => ({ key: keyOf(one), resource: one, children: [] }))]
}

function keyOf({ urn, delete: goes, id }: Resource): string {
  return goes ? `${urn} ${id ?? ''}` : urn
}

function sorted(resources: readonly Resource[]): Resource[] {
  const named = resources.map((resource) => ({ resource, by: sortKey(resource) }))
  return named.sort((one, other) => (one.by < other.by ? -1 : 1)).map(({ resource }) => resource)
}

/** Providers come last: they are seldom looked for. */
function sortKey({ type, urn }: Resource): string {
  return `${type.startsWith('pulumi:providers:') ? 1 : 0} ${type} ${partsOfUrn(urn).name}`
}

/** The rows in sight: below what is open; with words, what has them and everything that holds such a one. */
export function rowsOf(tree: readonly TreeNode[], closed: ReadonlySet<string>, words: string): TreeRow[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const matches = ({ resource: { urn, id = '' } }: TreeNode): boolean => {
    const text = `${partsOfUrn(urn).type} ${partsOfUrn(urn).name} ${id}`.toLowerCase()
    return wanted.every((word) => text.includes(word))
  }
  const rows: TreeRow[] = []
  const holds = new Map<TreeNode, boolean>()
  const isFound = (node: TreeNode): boolean => {
    const known = holds.get(node)
    if (known !== undefined) return known
    const found = matches(node) || node.children.some(isFound)
    holds.set(node, found)
    return found
  }
  const add = (nodes: readonly TreeNode[], depth: number): void => {
    const shown = wanted.length === 0 ? nodes : nodes.filter(isFound)
    shown.forEach((node, index) => {
      const isOpen = wanted.length > 0 || !closed.has(node.key)
      rows.push({ node, depth, isOpen, place: index + 1, siblings: shown.length })
      if (isOpen) add(node.children, depth + 1)
    })
  }
  add(tree, 0)
  return rows
}
