/** The queue and the history of a stack's deployments. */
import { Group, Paper, Stack, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Empty } from '../parts/empty.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Pages } from '../parts/pages.tsx'
import { QueryView } from '../parts/query-view.tsx'
import rows from '../parts/rows.module.css'
import { TimeAgo } from '../parts/time-ago.tsx'
import { DeployButton } from './deploy-button.tsx'
import { type ListedDeployment, momentOf } from './deployment.ts'
import { deploymentsQuery, PAGE_SIZE, type StackNames } from './deployments.ts'
import { standingQuery } from './pause.ts'
import { PauseButton } from './pause-button.tsx'
import { PausedAlert } from './paused-alert.tsx'
import { StatusIcon } from './status.tsx'

const route = getRouteApi('/$organization/$project/$stack/deployments')

export function DeploymentList() {
  const names = route.useParams()
  const { page = 1 } = route.useSearch()
  const navigate = route.useNavigate()
  const query = useQuery({ ...deploymentsQuery(names, page), placeholderData: keepPreviousData })
  const { data: standing } = useQuery(standingQuery(names))
  return (
    <Stack>
      <Group justify="flex-end">
        <PauseButton names={names} isPaused={standing?.stackPaused} />
        <DeployButton names={names} />
      </Group>
      <PausedAlert standing={standing} />
      <QueryView query={query}>
        {({ deployments, total }) =>
          deployments.length === 0 ? (
            <Empty title="No deployments yet">
              Press Deploy, or run <code>pulumi deployment run update</code>.
            </Empty>
          ) : (
            <>
              <Paper withBorder>
                {deployments.map((deployment) => (
                  <DeploymentRow key={deployment.id} names={names} deployment={deployment} />
                ))}
              </Paper>
              <Pages
                total={total}
                pageSize={PAGE_SIZE}
                page={page}
                onChange={(next) => navigate({ search: next > 1 ? { page: next } : {} })}
              />
            </>
          )
        }
      </QueryView>
    </Stack>
  )
}

interface RowProps {
  readonly names: StackNames
  readonly deployment: ListedDeployment
}

function DeploymentRow({ names, deployment }: RowProps) {
  const { version, pulumiOperation, status, requestedBy, created, waitingFor } = deployment
  return (
    <Group px="md" py="sm" gap="sm" wrap="nowrap" className={rows.row}>
      <StatusIcon status={status} />
      <Stack gap={0} style={{ minWidth: 0, flex: 1 }}>
        <PageLink
          to="/$organization/$project/$stack/deployments/$version"
          params={{ ...names, version: String(version) }}
          fw={500}
        >
          #{version} {pulumiOperation}
        </PageLink>
        {waitingFor && (
          <Text size="sm" c="dimmed">
            {waitingFor.message}
          </Text>
        )}
      </Stack>
      <Text size="sm" c="dimmed" visibleFrom="xs" truncate maw={200}>
        {requestedBy.name || requestedBy.githubLogin}
      </Text>
      <Text size="sm" c="dimmed" component="span" style={{ flexShrink: 0 }}>
        <TimeAgo at={momentOf(created)} />
      </Text>
    </Group>
  )
}
