/** Resources below who holds them. Only the rows in sight are drawn: a stack may have tens of thousands. */
import { ActionIcon, Badge, Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useMemo, useRef, useState } from 'react'
import classes from './resource-tree.module.css'
import type { Resource } from './resources.ts'
import { rowsOf, type TreeRow, treeOf } from './tree.ts'
import { partsOfUrn, shortType } from './urn.ts'

const ROW_PIXELS = 36
const STEP_PIXELS = 18
/** Deeper ones stand no further to the right: the screen ends. */
const DEEPEST_STEP = 8

interface Props {
  readonly resources: readonly Resource[]
  readonly words: string
  readonly onOpen: (urn: string) => void
}

export function ResourceTree({ resources, words, onOpen }: Props) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const tree = useMemo(() => treeOf(resources), [resources])
  const rows = useMemo(() => rowsOf(tree, closed, words), [tree, closed, words])
  const scroller = useRef<HTMLElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 12,
    getItemKey: (index) => rows[index]?.node.key ?? index,
  })
  const toggle = useCallback((key: string) => {
    setClosed((before) =>
      before.has(key) ? new Set([...before].filter((one) => one !== key)) : new Set([...before, key]),
    )
  }, [])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it by keys
    <section ref={scroller} className={classes.scroller} tabIndex={0} aria-label="Tree of resources">
      <ul className={classes.rows} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const row = rows[index]
          return (
            row && (
              <li
                key={key}
                className={classes.row}
                aria-setsize={row.siblings}
                aria-posinset={row.place}
                style={{
                  transform: `translateY(${start}px)`,
                  paddingInlineStart: 4 + STEP_PIXELS * Math.min(row.depth, DEEPEST_STEP),
                }}
              >
                <Row row={row} onToggle={toggle} onOpen={onOpen} />
              </li>
            )
          )
        })}
      </ul>
    </section>
  )
}

interface RowProps {
  readonly row: TreeRow
  readonly onToggle: (key: string) => void
  readonly onOpen: (urn: string) => void
}

function Row({ row: { node, depth, isOpen }, onToggle, onOpen }: RowProps) {
  const { urn, type, id, protect, delete: goes } = node.resource
  const { name } = partsOfUrn(urn)
  const Chevron = isOpen ? IconChevronDown : IconChevronRight
  return (
    <>
      {node.children.length > 0 ? (
        <ActionIcon
          variant="subtle"
          color="gray"
          size={24}
          onClick={() => onToggle(node.key)}
          aria-expanded={isOpen}
          aria-label={`Below ${name}`}
        >
          <Chevron size={16} aria-hidden />
        </ActionIcon>
      ) : (
        <span style={{ flex: '0 0 24px' }} />
      )}
      <UnstyledButton className={classes.name} onClick={() => onOpen(urn)} title={urn}>
        {name}
        <VisuallyHidden>, level {depth + 1}</VisuallyHidden>
      </UnstyledButton>
      <Text span size="sm" c="dimmed" truncate title={type} style={{ flexShrink: 2 }}>
        {shortType(type)}
      </Text>
      {protect && <Mark>protected</Mark>}
      {goes && <Mark>to be deleted</Mark>}
      <Text span size="sm" c="dimmed" ff="monospace" truncate ml="auto" maw="40%" visibleFrom="sm" title={id}>
        {id}
      </Text>
    </>
  )
}

function Mark({ children }: { readonly children: string }) {
  return (
    <Badge variant="default" size="sm" tt="none" style={{ flexShrink: 0 }}>
      {children}
    </Badge>
  )
}
