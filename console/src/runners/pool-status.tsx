import { Badge } from '@mantine/core'
import { IconCircleCheck, IconCircleDashed, IconLoader } from '@tabler/icons-react'
import { TimeAgo } from '../parts/time-ago.tsx'

interface Props {
  readonly status: 'online' | 'offline'
  readonly isBusy?: boolean
}

/** By a word and a sign, never by its color alone. */
export function RunnerStatus({ status, isBusy = false }: Props) {
  const { Icon, color, says } =
    status === 'offline'
      ? { Icon: IconCircleDashed, color: 'var(--mantine-color-dimmed)', says: 'Offline' }
      : isBusy
        ? { Icon: IconLoader, color: 'var(--mantine-color-blue-6)', says: 'Busy' }
        : { Icon: IconCircleCheck, color: 'var(--mantine-color-green-6)', says: 'Online' }
  return (
    <Badge
      variant="default"
      tt="none"
      leftSection={<Icon size={12} aria-hidden color={color} />}
      style={{ flexShrink: 0 }}
    >
      {says}
    </Badge>
  )
}

/** @param seconds Since 1970; 0: never. */
export function LastSeen({ seconds }: { readonly seconds: number }) {
  if (seconds === 0) return 'No runner was seen yet'
  return (
    <>
      Last seen <TimeAgo at={new Date(seconds * 1000)} />
    </>
  )
}
