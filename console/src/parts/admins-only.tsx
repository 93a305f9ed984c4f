/** What stands in place of a page that only admins have: never nothing, and a way on. */
import { Alert } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import type { ReactNode } from 'react'

interface Props {
  readonly organization: string
  /** For example "its webhooks". */
  readonly what: string
  readonly children?: ReactNode
}

export function AdminsOnly({ organization, what, children }: Props) {
  return (
    <Alert color="gray" icon={<IconLock aria-hidden />} title="For admins">
      Only admins of {organization} see {what}, and you are not one of them. {children ?? 'Ask an admin.'}
    </Alert>
  )
}
