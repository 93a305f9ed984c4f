/** What was done to a stack last: its latest update and its latest deployment, each a click away. */
import { Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ListedDeployment, momentOf } from '../deployments/deployment.ts'
import { deploymentsQuery, type StackNames } from '../deployments/deployments.ts'
import { StatusIcon } from '../deployments/status.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { ChangeCounts } from '../updates/change-counts.tsx'
import { authorOf, momentOfSeconds, statusOf } from '../updates/update.ts'
import { type Update, updatesQuery } from '../updates/updates.ts'

export function Activity({ names }: { readonly names: StackNames }) {
  const updates = useQuery(updatesQuery(names, 1))
  const deployments = useQuery(deploymentsQuery(names, 1))
  return (
    <Stack gap="xs">
      <QueryView query={updates} skeletonLines={1}>
        {({ updates: [latest] }) =>
          latest ? <LatestUpdate names={names} update={latest} /> : <None>Never updated.</None>
        }
      </QueryView>
      <QueryView query={deployments} skeletonLines={1}>
        {({ deployments: [latest] }) =>
          latest ? <LatestDeployment names={names} deployment={latest} /> : <None>Never deployed.</None>
        }
      </QueryView>
    </Stack>
  )
}

function None({ children }: { readonly children: string }) {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  )
}

function LatestUpdate({ names, update }: { readonly names: StackNames; readonly update: Update }) {
  const { version, info } = update
  return (
    <Group gap="sm" wrap="wrap">
      <StatusIcon status={statusOf(update)} />
      <PageLink
        to="/$organization/$project/$stack/updates/$version"
        params={{ ...names, version: String(version) }}
        fw={500}
      >
        Update {version}: {info.kind}
      </PageLink>
      <ChangeCounts counts={info.resourceChanges} />
      <Text size="sm" c="dimmed" span>
        {authorOf(update)}, <TimeAgo at={momentOfSeconds(info.startTime)} />
      </Text>
    </Group>
  )
}

interface DeploymentProps {
  readonly names: StackNames
  readonly deployment: ListedDeployment
}

function LatestDeployment({ names, deployment }: DeploymentProps) {
  const { version, pulumiOperation, status, requestedBy, created } = deployment
  return (
    <Group gap="sm" wrap="wrap">
      <StatusIcon status={status} />
      <PageLink
        to="/$organization/$project/$stack/deployments/$version"
        params={{ ...names, version: String(version) }}
        fw={500}
      >
        Deployment #{version}: {pulumiOperation}
      </PageLink>
      <Text size="sm" c="dimmed" span>
        {requestedBy.name || requestedBy.githubLogin}, <TimeAgo at={momentOf(created)} />
      </Text>
    </Group>
  )
}
