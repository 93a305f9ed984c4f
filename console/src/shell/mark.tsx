import { Group, Text } from '@mantine/core'
import { IconTicket } from '@tabler/icons-react'

/** The name of the house. */
export function Mark() {
  return (
    <Group gap={6} wrap="nowrap">
      <IconTicket size={24} aria-hidden color="var(--mantine-color-indigo-6)" />
      <Text fw={700} span>
        Daypass
      </Text>
    </Group>
  )
}
