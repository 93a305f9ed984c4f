import { Group, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { FormButton } from '../parts/form-button.tsx'
import { Row } from '../parts/rows.tsx'
import { type Permission, permissionLabel } from './permission.ts'
import { EditPermission } from './permission-form.tsx'

interface Props {
  /** Whose it is, and what the modals call it. */
  readonly called: string
  readonly shown: ReactNode
  readonly says?: string | undefined
  readonly permission: Permission
  readonly reason: string | undefined
  readonly change?: (permission: Permission) => Promise<unknown>
  readonly take: () => Promise<unknown>
  /** What is left to them then. */
  readonly left: string
}

/** What one person or team has of a stack. */
export function GivenRow({ called, shown, says, permission, reason, change, take, left }: Props) {
  return (
    <Row>
      <Stack gap={2} style={{ minWidth: 0, flex: '1 1 200px', overflowWrap: 'anywhere' }}>
        {shown}
        {says && (
          <Text size="sm" c="dimmed">
            {says}
          </Text>
        )}
      </Stack>
      <Group gap="xs">
        <Text size="sm" mr="xs">
          {permissionLabel(permission)}
        </Text>
        {change && (
          <FormButton
            label="Change"
            of={called}
            variant="default"
            size="xs"
            reason={reason}
            title={`Permission of ${called}`}
            form={(close) => (
              <EditPermission now={permission} run={(next) => change(next).then(close)} onCancel={close} />
            )}
          />
        )}
        <ConfirmButton
          size="xs"
          label="Take away"
          of={called}
          reason={reason}
          title={`Take this stack away from ${called}?`}
          confirm="Take it away"
          act={{ mutateAsync: take }}
        >
          {left}
        </ConfirmButton>
      </Group>
    </Row>
  )
}
