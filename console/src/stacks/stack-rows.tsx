import { Badge, Group, Paper, Text } from '@mantine/core'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useRef } from 'react'
import { StatusIcon } from '../deployments/status.tsx'
import { PageLink } from '../parts/page-link.tsx'
import classes from '../parts/rows.module.css'
import { TimeAgo } from '../parts/time-ago.tsx'
import { ownTags } from './match.ts'
import type { ListedStack } from './stacks.ts'

const ROW_PIXELS = 57
const SHOWN_TAGS = 3

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
  const { orgName, projectName, stackName, lastUpdate, lastResult } = stack
  return (
    <Group justify="space-between" wrap="nowrap" px="md" h={ROW_PIXELS}>
      <Group gap="sm" wrap="nowrap" style={{ minWidth: 0 }}>
        <Result of={lastResult} />
        <PageLink
          to="/$organization/$project/$stack"
          params={{ organization: orgName, project: projectName, stack: stackName }}
          truncate
          fw={500}
        >
          {projectName}/{stackName}
        </PageLink>
        {stack.driftDetected && <Mark isWhole>drifted</Mark>}
        {stack.deploymentsPaused && <Mark isWhole>paused</Mark>}
        <Group gap={6} wrap="nowrap" visibleFrom="md" style={{ minWidth: 0 }}>
          {ownTags(stack)
            .slice(0, SHOWN_TAGS)
            .map(([name, value]) => (
              <Mark key={name}>
                {name}={value}
              </Mark>
            ))}
        </Group>
      </Group>
      <Group gap="lg" wrap="nowrap" style={{ flexShrink: 0 }}>
        <Text size="sm" c="dimmed" visibleFrom="xs">
          {counted(stack.resourceCount ?? 0)}
        </Text>
        <Text size="sm" c="dimmed" component="span">
          <LastUpdate at={lastUpdate} />
        </Text>
      </Group>
    </Group>
  )
}

/** Never updated stands at the end of the row in words. */
function Result({ of: result }: { readonly of: ListedStack['lastResult'] }) {
  if (result === undefined) return <span aria-hidden style={{ width: 18, flexShrink: 0 }} />
  return <StatusIcon status={result === 'in-progress' ? 'running' : result} />
}

interface MarkProps {
  readonly children: ReactNode
  /** Rather the name of the stack is cut. */
  readonly isWhole?: boolean
}

function Mark({ children, isWhole = false }: MarkProps) {
  return (
    <Badge variant="default" size="sm" tt="none" maw={220} style={{ flexShrink: isWhole ? 0 : 1 }}>
      {children}
    </Badge>
  )
}

function counted(resources: number): string {
  return resources === 1 ? '1 resource' : `${resources.toLocaleString()} resources`
}

function LastUpdate({ at }: { readonly at: number | undefined }) {
  if (at === undefined) return 'never updated'
  if (at === 0) return 'updating now'
  return <TimeAgo at={new Date(at * 1000)} />
}
