/** How a connection and a delivery look: never by color alone. */
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
} from '@tabler/icons-react'
import type { DeliveryOutcome, Health } from './git-host.ts'

const SIZE = { size: 18, style: { flexShrink: 0 } } as const

export function HealthIcon({ kind }: Pick<Health, 'kind'>) {
  if (kind === 'well')
    return <IconCircleCheck {...SIZE} role="img" aria-label="Well" color="var(--mantine-color-green-7)" />
  if (kind === 'quiet')
    return (
      <IconCircleDashed {...SIZE} role="img" aria-label="Nothing yet" color="var(--mantine-color-dimmed)" />
    )
  return <IconAlertTriangle {...SIZE} role="img" aria-label="Failing" color="var(--mantine-color-red-7)" />
}

export function OutcomeIcon({ kind }: Pick<DeliveryOutcome, 'kind'>) {
  if (kind === 'deployed')
    return <IconCircleCheck {...SIZE} aria-hidden color="var(--mantine-color-green-7)" />
  if (kind === 'waiting') return <IconClock {...SIZE} aria-hidden color="var(--mantine-color-dimmed)" />
  if (kind === 'failed') return <IconCircleX {...SIZE} aria-hidden color="var(--mantine-color-red-7)" />
  return <IconCircleDashed {...SIZE} aria-hidden color="var(--mantine-color-dimmed)" />
}
