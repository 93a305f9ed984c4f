import { Radio, Stack } from '@mantine/core'
import { PERMISSIONS, type Permission } from './permission.ts'

interface Props {
  readonly value: Permission
  readonly onChange: (permission: Permission) => void
}

export function PermissionChoice({ value, onChange }: Props) {
  return (
    <Radio.Group
      label="Permission"
      value={String(value)}
      onChange={(chosen) => onChange(Number(chosen) as Permission)}
    >
      <Stack gap="xs" mt="xs">
        {PERMISSIONS.map(({ permission, label, says }) => (
          <Radio key={permission} value={String(permission)} label={label} description={says} />
        ))}
      </Stack>
    </Radio.Group>
  )
}
