/** What can be done with one git host. */
import { Button, Group } from '@mantine/core'
import { IconPlugConnected } from '@tabler/icons-react'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { useDisconnect, type useTestHost } from './actions.ts'
import { ApproveButton } from './approve-button.tsx'
import { type GitHost, hasPullRequests, isTold } from './git-host.ts'
import type { HostNames } from './git-hosts.ts'
import { NewSecretButton } from './new-secret-button.tsx'

interface Props {
  readonly names: HostNames
  readonly host: GitHost
  readonly test: ReturnType<typeof useTestHost>
  readonly onRemoved: () => void
}

export function HostActions({ names, host, test, onRemoved }: Props) {
  const disconnect = useDisconnect(names)
  const disconnectAndLeave = { ...disconnect, mutateAsync: () => disconnect.mutateAsync().then(onRemoved) }
  return (
    <Group gap="xs">
      <Button
        leftSection={<IconPlugConnected size={16} aria-hidden />}
        loading={test.isPending}
        onClick={() => test.mutate()}
      >
        Test
      </Button>
      {hasPullRequests(host) && <ApproveButton names={names} />}
      {isTold(host) && <NewSecretButton names={names} />}
      <ConfirmButton
        label="Disconnect"
        title={`Disconnect ${host.name}?`}
        confirm="Disconnect"
        act={disconnectAndLeave}
      >
        Its pushes and pull requests deploy nothing any more, and the record of its deliveries goes with it.
        Deployments that ran stay. Remove its webhook at the host, too.
      </ConfirmButton>
    </Group>
  )
}
