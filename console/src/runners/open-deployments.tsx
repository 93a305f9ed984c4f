import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { momentOf } from '../deployments/deployment.ts'
import { StatusIcon } from '../deployments/status.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { Row, Rows } from '../parts/rows.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { openDeploymentsQuery } from './pools.ts'

interface Props {
  readonly organization: string
  readonly poolId: string
}

/** What the pool's runners have before them, the oldest first. */
export function OpenDeployments({ organization, poolId }: Props) {
  const query = useQuery(openDeploymentsQuery(organization))
  return (
    <QueryView query={query} skeletonLines={1}>
      {(all) => {
        const open = all.filter(({ agentPool }) => agentPool?.id === poolId)
        if (open.length === 0) {
          return (
            <Text size="sm" c="dimmed">
              Nothing runs or waits here.
            </Text>
          )
        }
        return (
          <Rows label="Deployments of the pool">
            {open.map(
              ({ id, projectName, stackName, version, pulumiOperation, status, waitingFor, created }) => (
                <Row key={id}>
                  <StatusIcon status={status} />
                  <Stack gap={2} style={{ minWidth: 0, flex: '1 1 220px', overflowWrap: 'anywhere' }}>
                    <PageLink
                      to="/$organization/$project/$stack/deployments/$version"
                      params={{
                        organization,
                        project: projectName,
                        stack: stackName,
                        version: String(version),
                      }}
                    >
                      {projectName}/{stackName} #{version} {pulumiOperation}
                    </PageLink>
                    {waitingFor && (
                      <Text size="sm" c="dimmed">
                        {waitingFor.message}
                      </Text>
                    )}
                  </Stack>
                  <Text size="sm" c="dimmed" component="span">
                    <TimeAgo at={momentOf(created)} />
                  </Text>
                </Row>
              ),
            )}
          </Rows>
        )
      }}
    </QueryView>
  )
}
