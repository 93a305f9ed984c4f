import { Text } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'

/** Says once on a page why its buttons are switched off; nothing where they are not. */
export function WhyDisabled({ reason }: { readonly reason: string | undefined }) {
  if (!reason) return null
  return (
    <Text size="sm" c="dimmed" mb="md" role="note">
      <IconLock size={14} aria-hidden style={{ verticalAlign: '-2px', marginRight: 6 }} />
      {reason}
    </Text>
  )
}
