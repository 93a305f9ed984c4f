/** One pool: its runners, what waits for them, its tokens, and what an admin may do with it. */
import { Badge, Breadcrumbs, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { AdminsOnly } from '../parts/admins-only.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { Section } from '../parts/section.tsx'
import { useAdminReason } from '../session/session.ts'
import { OpenDeployments } from './open-deployments.tsx'
import { PoolActions } from './pool-actions.tsx'
import { PoolTokens } from './pool-tokens.tsx'
import { type PoolDetail, poolQuery, poolsQuery } from './pools.ts'
import { RunnerList } from './runner-list.tsx'

const route = getRouteApi('/$organization/settings/runners/$poolId')

export function PoolPage() {
  const { organization, poolId } = route.useParams()
  const reason = useAdminReason(organization)
  const pool = useQuery({ ...poolQuery(organization, poolId), enabled: reason === undefined })
  return (
    <>
      <Breadcrumbs mb={4}>
        <PageLink to="/$organization/settings/runners" params={{ organization }} size="sm">
          Runners
        </PageLink>
      </Breadcrumbs>
      {reason === undefined ? (
        <QueryView query={pool}>{(found) => <OnePool organization={organization} pool={found} />}</QueryView>
      ) : (
        <>
          <PageTitle title="Pool" />
          <AdminsOnly organization={organization} what="the runners and tokens of its pools" />
        </>
      )}
    </>
  )
}

function OnePool({ organization, pool }: { readonly organization: string; readonly pool: PoolDetail }) {
  const pools = useQuery(poolsQuery(organization))
  const isDefault = pools.data?.find(({ id }) => id === pool.id)?.isDefault ?? false
  return (
    <>
      <PageTitle title={pool.name}>
        <PoolActions organization={organization} pool={pool} isDefault={isDefault} />
      </PageTitle>
      {(pool.description || isDefault) && (
        <Group gap="xs" mb="lg">
          {isDefault && (
            <Badge variant="default" tt="none">
              Default
            </Badge>
          )}
          <Text c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {pool.description}
          </Text>
        </Group>
      )}
      <Section title="Runners">
        <RunnerList runners={pool.agents} />
      </Section>
      <Section title="Deployments">
        <OpenDeployments organization={organization} poolId={pool.id} />
      </Section>
      <PoolTokens organization={organization} pool={pool.name} />
    </>
  )
}
