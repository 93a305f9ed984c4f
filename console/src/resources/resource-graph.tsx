/** What depends on what, as a picture whose boxes are links. Who cannot see it has the same in the tree. */
import { Text } from '@mantine/core'
import { useMemo } from 'react'
import { Empty } from '../parts/empty.tsx'
import { type Edge, layout, type Place } from './layout.ts'
import classes from './resource-graph.module.css'
import type { Resource } from './resources.ts'
import { partsOfUrn, shortType } from './urn.ts'

const BOX = { width: 190, height: 44, gapX: 70, gapY: 16, margin: 12 }
/** More boxes than this are no picture any more. */
export const MOST_DRAWN = 400
const LONGEST_NAME = 24

interface Props {
  readonly resources: readonly Resource[]
  readonly onOpen: (urn: string) => void
}

export function ResourceGraph({ resources, onOpen }: Props) {
  const drawn = useMemo(
    () => resources.filter((one) => !one.delete && !one.type.startsWith('pulumi:providers:')),
    [resources],
  )
  if (drawn.length > MOST_DRAWN)
    return (
      <Empty title={`${drawn.length.toLocaleString()} resources are too many for a picture`}>
        Search for some of them: up to {MOST_DRAWN} are drawn.
      </Empty>
    )
  return <Picture resources={drawn} onOpen={onOpen} />
}

function Picture({ resources, onOpen }: Props) {
  const { places, edges } = useMemo(() => {
    const edges = resources.flatMap(({ urn, dependencies }) =>
      [...new Set(dependencies)].map((to): Edge => ({ from: urn, to })),
    )
    const found = layout([...new Set(resources.map(({ urn }) => urn))], edges)
    return { places: found, edges: edges.filter(({ to }) => found.has(to)) }
  }, [resources])
  const taken = [...places.values()].map(cornerOf)
  const width = Math.max(0, ...taken.map(({ x }) => x)) + BOX.width + BOX.margin
  const height = Math.max(0, ...taken.map(({ y }) => y)) + BOX.height + BOX.margin
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        {counted(places.size, 'resource', 'resources')} and{' '}
        {counted(edges.length, 'dependency', 'dependencies')} between them. Each line leads from a resource to
        what it depends on, at its left.
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it by keys */}
      <section className={classes.scroller} tabIndex={0} aria-label="Graph of resources">
        <svg width={width} height={height}>
          <title>Dependencies of resources</title>
          {edges.map(({ from, to }) => (
            <path
              key={`${from} ${to}`}
              className={classes.edge}
              d={lineOf(places.get(to), places.get(from))}
            />
          ))}
          {resources.map((resource) => (
            <Box key={resource.urn} resource={resource} place={places.get(resource.urn)} onOpen={onOpen} />
          ))}
        </svg>
      </section>
    </>
  )
}

interface BoxProps {
  readonly resource: Resource
  readonly place: Place | undefined
  readonly onOpen: (urn: string) => void
}

function Box({ resource: { urn, type }, place, onOpen }: BoxProps) {
  if (!place) return null
  const { x, y } = cornerOf(place)
  return (
    <a
      className={classes.node}
      // The whole address: the page's base is not this page.
      href={`${window.location.pathname}?${new URLSearchParams({ view: 'graph', resource: urn })}`}
      onClick={(event) => {
        event.preventDefault()
        onOpen(urn)
      }}
    >
      <g transform={`translate(${x} ${y})`}>
        <title>{urn}</title>
        <rect width={BOX.width} height={BOX.height} rx={8} />
        <text x={10} y={19}>
          {cut(partsOfUrn(urn).name)}
        </text>
        <text x={10} y={35} className={classes.type}>
          {cut(shortType(type))}
        </text>
      </g>
    </a>
  )
}

function cornerOf({ column, row }: Place): { readonly x: number; readonly y: number } {
  return {
    x: BOX.margin + column * (BOX.width + BOX.gapX),
    y: BOX.margin + row * (BOX.height + BOX.gapY),
  }
}

function lineOf(left: Place | undefined, right: Place | undefined): string {
  if (!left || !right) return ''
  const from = cornerOf(left)
  const to = cornerOf(right)
  const [x1, y1, x2, y2] = [from.x + BOX.width, from.y + BOX.height / 2, to.x, to.y + BOX.height / 2]
  const bend = Math.max(30, (x2 - x1) / 2)
  return `M ${x1} ${y1} C ${x1 + bend} ${y1}, ${x2 - bend} ${y2}, ${x2} ${y2}`
}

function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`
}

function cut(text: string): string {
  return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME - 1)}…` : text
}
