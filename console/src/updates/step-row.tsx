import { Text, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { StatusIcon } from '../deployments/status.tsx'
import { partsOfUrn, shortType } from '../resources/urn.ts'
import changes from './changes.module.css'
import { lookOf } from './changes.ts'
import { Differences } from './differences.tsx'
import type { Step } from './events.ts'
import classes from './step-list.module.css'

interface Props {
  readonly step: Step
  readonly isPreview: boolean
  readonly isOpen: boolean
  readonly onToggle: (key: string) => void
}

const STATUSES = { begun: 'running', done: 'succeeded', failed: 'failed' } as const

/** One resource and what was done with it; opened, what changed. */
export function StepRow({ step, isPreview, isOpen, onToggle }: Props) {
  const { op, urn, type, state } = step
  const { sign, says, color } = lookOf(op)
  const Chevron = isOpen ? IconChevronDown : IconChevronRight
  return (
    <>
      <UnstyledButton className={classes.heading} onClick={() => onToggle(step.key)} aria-expanded={isOpen}>
        <Chevron size={16} aria-hidden style={{ flexShrink: 0 }} />
        <span className={`${classes.sign} ${changes.sign} ${changes[color]}`} aria-hidden>
          {sign}
        </span>
        <span className={classes.names}>
          <Text span fw={500} size="sm" title={urn}>
            {partsOfUrn(urn).name}
          </Text>
          <Text span size="sm" c="dimmed" title={type}>
            {shortType(type)}
          </Text>
        </span>
        <Text span size="sm" className={changes[color]}>
          {isPreview && op !== 'same' ? `to be ${says}` : says}
        </Text>
        {state !== 'done' && !isPreview && <StatusIcon status={STATUSES[state]} />}
      </UnstyledButton>
      {isOpen && <Differences step={step} />}
    </>
  )
}
