import { Group, Paper, Text } from '@mantine/core'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import { PageLink } from '../parts/page-link.tsx'
import classes from '../parts/rows.module.css'
import { TimeAgo } from '../parts/time-ago.tsx'
import type { ListedStack } from './stacks.ts'

const ROW_PIXELS = 57

/** A list that stays quick with tens of thousands of stacks. */
export function StackRows({ stacks }: { readonly stacks: readonly ListedStack[] }) {
  const list = useRef<HTMLUListElement>(null)
  const rows = useWindowVirtualizer({
    count: stacks.length,
    estimateSize: () => ROW_PIXELS,
    overscan: 12,
    scrollMargin: list.current?.offsetTop ?? 0,
  })
  return (
    <Paper withBorder>
      <ul ref={list} style={{ height: rows.getTotalSize(), position: 'relative', margin: 0, padding: 0 }}>
        {rows.getVirtualItems().map(({ index, key, start }) => {
          const stack = stacks[index]
          return (
            stack && (
              <li
                key={key}
                className={classes.row}
                aria-setsize={stacks.length}
                aria-posinset={index + 1}
                style={{
                  position: 'absolute',
                  insetInline: 0,
                  height: ROW_PIXELS,
                  listStyle: 'none',
                  transform: `translateY(${start - rows.options.scrollMargin}px)`,
                }}
              >
                <StackRow stack={stack} />
              </li>
            )
          )
        })}
      </ul>
    </Paper>
  )
}

function StackRow({ stack }: { readonly stack: ListedStack }) {
  const { orgName, projectName, stackName, lastUpdate, resourceCount } = stack
  return (
    <Group justify="space-between" wrap="nowrap" px="md" h={ROW_PIXELS}>
      <PageLink
        to="/$organization/$project/$stack"
        params={{ organization: orgName, project: projectName, stack: stackName }}
        truncate
        fw={500}
      >
        {projectName}/{stackName}
      </PageLink>
      <Group gap="lg" wrap="nowrap" style={{ flexShrink: 0 }}>
        <Text size="sm" c="dimmed" visibleFrom="xs">
          {resourceCount ?? 0} resources
        </Text>
        <Text size="sm" c="dimmed" component="span">
          <LastUpdate at={lastUpdate} />
        </Text>
      </Group>
    </Group>
  )
}

function LastUpdate({ at }: { readonly at: number | undefined }) {
  if (at === undefined) return 'never updated'
  if (at === 0) return 'updating now'
  return <TimeAgo at={new Date(at * 1000)} />
}
