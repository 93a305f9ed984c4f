import { Alert } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'

export const NEEDS_WRITE =
  'You may read this stack. Its webhooks take the permission “write”: ask an administrator of the stack or the organization.'

/** In place of a stack's webhooks, whose addresses may be credentials, for who may only read the stack. */
export function WritersOnly() {
  return (
    <Alert color="gray" icon={<IconLock aria-hidden />} title="For those who may write">
      {NEEDS_WRITE}
    </Alert>
  )
}
