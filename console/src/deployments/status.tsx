/** How the state of a deployment or of a step looks, everywhere alike: never by its color alone. */
import { Badge, Loader } from '@mantine/core'
import { IconCircleCheck, IconCircleDashed, IconCircleX, IconPlayerSkipForward } from '@tabler/icons-react'
import type { DeploymentStatus } from './deployment.ts'

const LOOKS: Readonly<Record<DeploymentStatus, { readonly color: string; readonly says: string }>> = {
  'not-started': { color: 'gray', says: 'Waiting' },
  accepted: { color: 'blue', says: 'Starting' },
  running: { color: 'blue', says: 'Running' },
  succeeded: { color: 'green', says: 'Succeeded' },
  failed: { color: 'red', says: 'Failed' },
  skipped: { color: 'gray', says: 'Skipped' },
}

export function StatusIcon({ status }: { readonly status: DeploymentStatus }) {
  const props = { size: 18, 'aria-label': LOOKS[status].says, role: 'img', style: { flexShrink: 0 } } as const
  if (status === 'running' || status === 'accepted')
    return <Loader size={16} aria-label={LOOKS[status].says} />
  if (status === 'succeeded') return <IconCircleCheck {...props} color="var(--mantine-color-green-7)" />
  if (status === 'failed') return <IconCircleX {...props} color="var(--mantine-color-red-7)" />
  if (status === 'skipped') return <IconPlayerSkipForward {...props} color="var(--mantine-color-dimmed)" />
  return <IconCircleDashed {...props} color="var(--mantine-color-dimmed)" />
}

export function StatusBadge({ status }: { readonly status: DeploymentStatus }) {
  const { color, says } = LOOKS[status]
  return (
    <Badge variant="default" tt="none" leftSection={<Dot color={color} />} style={{ flexShrink: 0 }}>
      {says}
    </Badge>
  )
}

/** Beside words that say the same. */
export function Dot({ color }: { readonly color: string }) {
  const background = `var(--mantine-color-${color}-6)`
  return (
    <span aria-hidden style={{ display: 'inline-block', width: 8, height: 8, borderRadius: 4, background }} />
  )
}
