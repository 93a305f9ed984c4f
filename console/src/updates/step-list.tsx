/** What was done with each resource. Only the rows in sight are drawn: an update may have tens of thousands. */
import { Checkbox, Group, Paper, Stack, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { Empty } from '../parts/empty.tsx'
import type { Step } from './events.ts'
import classes from './step-list.module.css'
import { StepRow } from './step-row.tsx'

const ROW_PIXELS = 41

interface Props {
  readonly steps: readonly Step[]
  readonly isPreview: boolean
  /** More may come, so that an empty list means nothing yet. */
  readonly isReading: boolean
}

export function StepList({ steps, isPreview, isReading }: Props) {
  const [words, setWords] = useState('')
  const [isAll, setAll] = useState(false)
  const found = useMemo(() => {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
    return steps.filter(
      ({ op, urn }) =>
        (isAll || op !== 'same') && wanted.every((word) => `${op} ${urn}`.toLowerCase().includes(word)),
    )
  }, [steps, words, isAll])
  const unchanged = steps.filter(({ op }) => op === 'same').length
  return (
    <Stack gap="sm">
      <Group gap="md">
        <TextInput
          aria-label="Search resources"
          placeholder="Search by name, type or operation"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={words}
          onChange={({ currentTarget }) => setWords(currentTarget.value)}
          flex={1}
          miw={220}
          maw={420}
        />
        <Checkbox
          label={`Unchanged, too (${unchanged.toLocaleString()})`}
          checked={isAll}
          onChange={({ currentTarget }) => setAll(currentTarget.checked)}
        />
      </Group>
      {found.length > 0 ? (
        <Rows steps={found} isPreview={isPreview} />
      ) : (
        <None isReading={isReading} isSearched={words !== ''} />
      )}
    </Stack>
  )
}

function None({ isReading, isSearched }: { readonly isReading: boolean; readonly isSearched: boolean }) {
  if (isSearched) return <Empty title="No resource has these words">Search for something else.</Empty>
  if (isReading) return <Empty title="Nothing yet">What the engine does appears here.</Empty>
  return <Empty title="Nothing changed">Every resource is as the program says.</Empty>
}

function Rows({ steps, isPreview }: Omit<Props, 'isReading'>) {
  const list = useRef<HTMLUListElement>(null)
  const [top, setTop] = useState(0)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const toggle = useCallback((key: string) => {
    setOpen((before) =>
      before.has(key) ? new Set([...before].filter((one) => one !== key)) : new Set([...before, key]),
    )
  }, [])
  // What stands above may have grown since: where the list begins is looked at with every drawing.
  useLayoutEffect(() => {
    const now = (list.current?.getBoundingClientRect().top ?? 0) + window.scrollY
    if (Math.abs(now - top) > 1) setTop(now)
  })
  const rows = useWindowVirtualizer({
    count: steps.length,
    estimateSize: () => ROW_PIXELS,
    overscan: 12,
    scrollMargin: top,
    getItemKey: (index) => steps[index]?.key ?? index,
  })
  return (
    <Paper withBorder style={{ overflow: 'hidden' }}>
      <ul ref={list} className={classes.rows} style={{ height: rows.getTotalSize() }} aria-label="Resources">
        {rows.getVirtualItems().map(({ index, key, start }) => {
          const step = steps[index]
          return (
            step && (
              <li
                key={key}
                ref={rows.measureElement}
                data-index={index}
                className={classes.row}
                aria-setsize={steps.length}
                aria-posinset={index + 1}
                style={{ transform: `translateY(${start - top}px)` }}
              >
                <StepRow step={step} isPreview={isPreview} isOpen={open.has(step.key)} onToggle={toggle} />
              </li>
            )
          )
        })}
      </ul>
    </Paper>
  )
}
