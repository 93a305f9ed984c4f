import { Text, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { memo } from 'react'
import { type Step, spanOf } from '../deployments/deployment.ts'
import { StatusIcon } from '../deployments/status.tsx'
import { duration } from '../parts/time.ts'
import { LineText } from './line-text.tsx'
import type { LogRow } from './log.ts'
import classes from './log-view.module.css'

interface Props {
  readonly row: LogRow
  /** What is known of the step that the row begins. */
  readonly step: Step | undefined
  readonly words: string
  readonly isWrapped: boolean
  readonly isLinked: boolean
  readonly isHit: boolean
  readonly isFolded: boolean
  readonly onToggle: (step: number) => void
}

export const LogRowView = memo(function LogRowView(props: Props) {
  const { row, words, isWrapped, isLinked, isHit } = props
  if (row.kind === 'step') return <StepHeading {...props} row={row} />
  const { pathname, search } = window.location
  return (
    <div className={classes.line} data-linked={isLinked || undefined} data-hit={isHit || undefined}>
      <a
        className={classes.number}
        // The whole address: the page's base is not this page.
        href={`${pathname}${search}#L${row.number}`}
        aria-label={`Link to line ${row.number}`}
      >
        {row.number}
      </a>
      <span className={isWrapped ? classes.wrapped : classes.straight}>
        <LineText text={row.text} words={words} />
      </span>
    </div>
  )
})

function StepHeading({ row, step, isFolded, onToggle }: Props & { readonly row: LogRow & { kind: 'step' } }) {
  const Chevron = isFolded ? IconChevronRight : IconChevronDown
  const span = step && spanOf(step)
  return (
    <UnstyledButton className={classes.step} onClick={() => onToggle(row.step)} aria-expanded={!isFolded}>
      <Chevron size={16} aria-hidden />
      {step && <StatusIcon status={step.status} />}
      <Text span fw={600} size="sm" truncate>
        {row.name}
      </Text>
      {span !== undefined && (
        <Text span size="xs" c="dimmed" ml="auto">
          {duration(span)}
        </Text>
      )}
    </UnstyledButton>
  )
}
