import { Fieldset, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'

interface Props {
  readonly title: string
  readonly says?: string
  readonly disabled: boolean
  readonly children: ReactNode
}

/** A part of the settings; disabled as a whole for whoever may not change it. */
export function SettingsSection({ title, says, disabled, children }: Props) {
  return (
    <Fieldset
      disabled={disabled}
      // A fieldset is as wide as its widest content otherwise: tables in it then widen the page.
      miw={0}
      legend={
        <Text component="h2" fw={600} m={0}>
          {title}
        </Text>
      }
    >
      <Stack gap="md">
        {says && (
          <Text size="sm" c="dimmed">
            {says}
          </Text>
        )}
        {children}
      </Stack>
    </Fieldset>
  )
}
