/**
 * Where the boxes of a graph stand: in columns, each resource to the right of all that it depends on, and in each column
 * near those that it is tied to, so that few lines cross.
 */

export interface Edge {
  /** Depends on `to`. */
  readonly from: string
  readonly to: string
}

export interface Place {
  readonly column: number
  readonly row: number
}

const SWEEPS = 6

export function layout(nodes: readonly string[], edges: readonly Edge[]): Map<string, Place> {
  const known = new Set(nodes)
  const real = edges.filter(({ from, to }) => from !== to && known.has(from) && known.has(to))
  const needs = grouped(real, 'from', 'to')
  const serves = grouped(real, 'to', 'from')
  const columns: string[][] = []
  for (const [node, column] of columnsOf(nodes, needs)) {
    while (columns.length <= column) columns.push([])
    columns[column]?.push(node)
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const rows = rowsIn(columns)
    const neighbours = sweep % 2 === 0 ? needs : serves
    for (const column of columns) {
      const wish = new Map(
        column.map((node) => [node, mean(neighbours.get(node), rows) ?? rows.get(node) ?? 0]),
      )
      column.sort((one, other) => (wish.get(one) ?? 0) - (wish.get(other) ?? 0))
    }
  }
  return new Map(
    columns.flatMap((column, at) => column.map((node, row) => [node, { column: at, row }] as const)),
  )
}

/** The longest way to a resource that needs none. In a ring, whoever is looked at first ends it. */
function columnsOf(nodes: readonly string[], needs: ReadonlyMap<string, readonly string[]>) {
  const columns = new Map<string, number>()
  const under = new Set<string>()
  const columnOf = (node: string): number => {
    const known = columns.get(node)
    if (known !== undefined) return known
    if (under.has(node)) return -1
    under.add(node)
    const column = Math.max(-1, ...(needs.get(node) ?? []).map(columnOf)) + 1
    under.delete(node)
    columns.set(node, column)
    return column
  }
  for (const node of nodes) columnOf(node)
  return columns
}

function grouped(edges: readonly Edge[], by: keyof Edge, to: keyof Edge): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const edge of edges) {
    const group = groups.get(edge[by])
    if (group) group.push(edge[to])
    else groups.set(edge[by], [edge[to]])
  }
  return groups
}

function rowsIn(columns: readonly (readonly string[])[]): Map<string, number> {
  return new Map(columns.flatMap((column) => column.map((node, row) => [node, row] as const)))
}

function mean(
  neighbours: readonly string[] | undefined,
  rows: ReadonlyMap<string, number>,
): number | undefined {
  if (!neighbours || neighbours.length === 0) return undefined
  return neighbours.reduce((sum, node) => sum + (rows.get(node) ?? 0), 0) / neighbours.length
}
