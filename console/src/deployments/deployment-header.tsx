import { Alert, Code, Group, Stack, Text, Title } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { GuardedButton } from '../parts/guarded-button.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { useCancel, useDeploy } from './actions.ts'
import { type Deployment, isOver, momentOf } from './deployment.ts'
import type { StackNames } from './deployments.ts'
import { useWhyNotDeploy } from './permission.ts'
import { StatusBadge } from './status.tsx'

interface Props {
  readonly names: StackNames
  readonly deployment: Deployment
}

/** What was asked, by whom, how it stands, and what can be done about it. */
export function DeploymentHeader({ names, deployment }: Props) {
  const { version, pulumiOperation, status, requestedBy, initiator, created, agentPool, configuration } =
    deployment
  const git = configuration.source?.git
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={2} size="h3">
            #{version} {pulumiOperation}
          </Title>
          <StatusBadge status={status} />
        </Group>
        <Actions names={names} deployment={deployment} />
      </Group>
      <Text size="sm" c="dimmed" component="p" m={0}>
        Asked for <TimeAgo at={momentOf(created)} /> by {requestedBy.name || requestedBy.githubLogin}
        {initiator && ` (${initiator})`}
        {agentPool && `, for the runners of ${agentPool.name}`}
      </Text>
      {git && (
        <Text size="sm" c="dimmed" component="p" m={0} style={{ overflowWrap: 'anywhere' }}>
          {git.repoURL} {git.branch} {git.commit && <Code>{git.commit.slice(0, 12)}</Code>}
        </Text>
      )}
    </Stack>
  )
}

function Actions({ names, deployment }: Props) {
  const cancel = useCancel(names)
  const deploy = useDeploy(names)
  const navigate = useNavigate()
  const runAgain = async () => {
    const { version } = await deploy.mutateAsync({ operation: deployment.pulumiOperation })
    await navigate({
      to: '/$organization/$project/$stack/deployments/$version',
      params: { ...names, version: String(version) },
    })
  }
  const whyNot = useWhyNotDeploy(names)
  const error = cancel.error ?? deploy.error
  return (
    <Stack gap="xs" align="flex-end">
      {isOver(deployment.status) ? (
        <GuardedButton
          whyNot={whyNot}
          variant="default"
          onClick={() => void runAgain().catch(() => {})}
          loading={deploy.isPending}
          title="Once more with the settings as they are now"
        >
          Run again
        </GuardedButton>
      ) : (
        <GuardedButton
          whyNot={whyNot}
          color="red"
          variant="outline"
          onClick={() => cancel.mutate(deployment.id)}
          loading={cancel.isPending}
        >
          Cancel
        </GuardedButton>
      )}
      {error && <Alert color="red">{error.message}</Alert>}
    </Stack>
  )
}
