/** The pools of an organization: whether somebody works there, and what waits. */
import { Badge, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Empty } from '../parts/empty.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { Row, Rows } from '../parts/rows.tsx'
import { WhyDisabled } from '../parts/why-disabled.tsx'
import { useAdminReason } from '../session/session.ts'
import { loadOf, loadWords } from './load.ts'
import { NewPool } from './new-pool.tsx'
import { LastSeen, RunnerStatus } from './pool-status.tsx'
import { openDeploymentsQuery, type Pool, poolsQuery } from './pools.ts'

const route = getRouteApi('/$organization/settings/runners')

export function PoolsPage() {
  const { organization } = route.useParams()
  const reason = useAdminReason(organization)
  const pools = useQuery(poolsQuery(organization))
  const open = useQuery(openDeploymentsQuery(organization))
  return (
    <>
      <PageTitle title="Runners">
        <NewPool organization={organization} reason={reason} />
      </PageTitle>
      <Text c="dimmed" size="sm" mb="md" maw={640}>
        A runner claims deployments from one pool and runs them on your machines. Deployments whose stack
        names no pool go to the default pool, and without one to the installation’s shared runners.
      </Text>
      <WhyDisabled reason={reason} />
      <QueryView query={pools}>
        {(found) =>
          found.length === 0 ? (
            <Empty title="No pools of your own">
              Deployments run on the installation’s shared runners. Make a pool to run them on machines of
              your choice.
            </Empty>
          ) : (
            <Rows label="Pools">
              {found.map((pool) => (
                <PoolRow
                  key={pool.id}
                  organization={organization}
                  pool={pool}
                  load={loadWords(loadOf(pool.id, open.data ?? []))}
                />
              ))}
            </Rows>
          )
        }
      </QueryView>
    </>
  )
}

interface RowProps {
  readonly organization: string
  readonly pool: Pool
  readonly load: string | undefined
}

function PoolRow({ organization, pool, load }: RowProps) {
  const { id, name, description, status, lastSeen, isDefault } = pool
  return (
    <Row>
      <Stack gap={2} style={{ minWidth: 0, flex: '1 1 240px' }}>
        <Group gap="xs">
          <PageLink
            to="/$organization/settings/runners/$poolId"
            params={{ organization, poolId: id }}
            fw={500}
            style={{ overflowWrap: 'anywhere' }}
          >
            {name}
          </PageLink>
          {isDefault && (
            <Badge variant="default" tt="none">
              Default
            </Badge>
          )}
        </Group>
        {description && (
          <Text size="sm" c="dimmed" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
            {description}
          </Text>
        )}
      </Stack>
      <Group gap="md">
        {load && <Text size="sm">{load}</Text>}
        <Text size="sm" c="dimmed" component="span">
          <LastSeen seconds={lastSeen} />
        </Text>
        <RunnerStatus status={status} />
      </Group>
    </Row>
  )
}
