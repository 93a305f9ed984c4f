/** One git host: how it stands, and everything that it sent with what followed. */
import { Breadcrumbs, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { AdminsOnly } from '../parts/admins-only.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { useIsAdmin } from '../session/session.ts'
import { useTestHost } from './actions.ts'
import { GitDeliveryList } from './git-delivery-list.tsx'
import { gitHostQuery } from './git-hosts.ts'
import { HostActions } from './host-actions.tsx'
import { HostFacts } from './host-facts.tsx'
import { PolledRepositories } from './polled-repositories.tsx'
import { TestResult } from './test-result.tsx'

const route = getRouteApi('/$organization/settings/git-hosts/$host')

export function GitHostPage() {
  const names = route.useParams()
  const { organization, host: name } = names
  const { delivery } = route.useSearch()
  const navigate = route.useNavigate()
  const isAdmin = useIsAdmin(organization)
  const query = useQuery({ ...gitHostQuery(names), enabled: isAdmin })
  const test = useTestHost(names)
  return (
    <>
      <Breadcrumbs mb={4} separatorMargin={6}>
        <PageLink to="/$organization/settings/git-hosts" params={{ organization }} size="sm">
          Git hosts
        </PageLink>
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Text>
      </Breadcrumbs>
      <PageTitle title={name}>
        {query.data && (
          <HostActions
            names={names}
            host={query.data}
            test={test}
            onRemoved={() => navigate({ to: '/$organization/settings/git-hosts', params: { organization } })}
          />
        )}
      </PageTitle>
      {isAdmin ? (
        <QueryView query={query} skeletonLines={4}>
          {(host) => (
            <Stack>
              <TestResult tested={test.data} error={test.error} />
              <HostFacts host={host} />
              {host.polling && <PolledRepositories polling={host.polling} />}
              <Title order={2} size="h4" mt="sm">
                Deliveries
              </Title>
              <GitDeliveryList
                names={names}
                openId={delivery}
                onOpen={(id) => navigate({ search: id ? { delivery: id } : {}, replace: true })}
              />
            </Stack>
          )}
        </QueryView>
      ) : (
        <AdminsOnly organization={organization} what="its git hosts" />
      )}
    </>
  )
}
