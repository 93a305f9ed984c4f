import { Text, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { type KeyboardEvent, memo } from 'react'
import { type Step, spanOf } from '../deployments/deployment.ts'
import { StatusIcon } from '../deployments/status.tsx'
import { duration } from '../parts/time.ts'
import { useNow } from '../parts/use-now.ts'
import { LineText } from './line-text.tsx'
import type { LogStep } from './log.ts'
import classes from './log-view.module.css'
import type { LogRow } from './rows.ts'

interface Props {
  readonly row: LogRow
  /** When the step that the row begins was begun and ended, as far as it is known. */
  readonly times: Step | undefined
  readonly words: string
  readonly isWrapped: boolean
  readonly isLinked: boolean
  readonly isHit: boolean
  /** Whether the tab key comes here: of 200,000 lines to one alone, and arrow keys to the others. */
  readonly isCurrent: boolean
  readonly onCurrent: (lineNumber: number) => void
  readonly isFolded: boolean
  readonly onToggle: (step: number) => void
}

export const LogRowView = memo(function LogRowView(props: Props) {
  const { row, words, isWrapped, isLinked, isHit, isCurrent, onCurrent } = props
  if (row.kind === 'step') return <StepHeading {...props} step={row.step} />
  const { pathname, search } = window.location
  return (
    <div className={classes.line} data-linked={isLinked || undefined} data-hit={isHit || undefined}>
      <a
        className={classes.number}
        data-line={row.number}
        // The whole address: the page's base is not this page.
        href={`${pathname}${search}#L${row.number}`}
        aria-label={`Link to line ${row.number}`}
        aria-current={isLinked || undefined}
        tabIndex={isCurrent ? 0 : -1}
        onFocus={() => onCurrent(row.number)}
        onKeyDown={(event) => toNeighbor(event, row.number)}
      >
        {row.number}
      </a>
      <span className={isWrapped ? classes.wrapped : classes.straight}>
        <LineText text={row.text} words={words} />
      </span>
    </div>
  )
})

/** Rows a little out of sight are drawn, too, so that the neighbor is there. */
function toNeighbor(event: KeyboardEvent<HTMLElement>, number: number): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (by === undefined) return
  event.preventDefault()
  const region = event.currentTarget.closest('[role=region]')
  region?.querySelector<HTMLElement>(`[data-line="${number + by}"]`)?.focus()
}

function StepHeading({ step, times, isFolded, onToggle }: Props & { readonly step: LogStep }) {
  const now = useNow(step.status === 'running')
  const Chevron = isFolded ? IconChevronRight : IconChevronDown
  const span = times && spanOf(times, now)
  return (
    <UnstyledButton className={classes.step} onClick={() => onToggle(step.step)} aria-expanded={!isFolded}>
      <Chevron size={16} aria-hidden />
      <StatusIcon status={step.status} />
      <Text span fw={600} size="sm" truncate>
        {step.name}
      </Text>
      {span !== undefined && (
        <Text span size="xs" c="dimmed" ml="auto">
          {duration(span)}
        </Text>
      )}
    </UnstyledButton>
  )
}
