import { Button } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import type { ComponentProps } from 'react'

/** What opens a menu in the header. */
export function MenuButton(props: ComponentProps<typeof Button<'button'>>) {
  return (
    <Button variant="default" size="xs" rightSection={<IconChevronDown size={14} aria-hidden />} {...props} />
  )
}
