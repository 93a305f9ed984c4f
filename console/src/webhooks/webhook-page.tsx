/** One webhook of the organization: what it is told, and everything that it was told. */
import { Breadcrumbs, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { AdminsOnly } from '../parts/admins-only.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { useIsAdmin } from '../session/session.ts'
import { DeliveryList } from './delivery-list.tsx'
import { WebhookActions } from './webhook-actions.tsx'
import { WebhookFacts } from './webhook-facts.tsx'
import { webhookQuery } from './webhooks.ts'

const route = getRouteApi('/$organization/settings/webhooks/$name')

export function WebhookPage() {
  const { organization, name } = route.useParams()
  const { delivery } = route.useSearch()
  const navigate = route.useNavigate()
  const isAdmin = useIsAdmin(organization)
  const owner = { organization }
  const query = useQuery({ ...webhookQuery(owner, name), enabled: isAdmin })
  return (
    <>
      <Breadcrumbs mb={4} separatorMargin={6}>
        <PageLink to="/$organization/settings/webhooks" params={{ organization }} size="sm">
          Webhooks
        </PageLink>
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Text>
      </Breadcrumbs>
      <PageTitle title={query.data?.displayName ?? name}>
        {query.data && (
          <WebhookActions
            owner={owner}
            webhook={query.data}
            onSent={({ id }) => navigate({ search: { delivery: id }, replace: true })}
            onRemoved={() => navigate({ to: '/$organization/settings/webhooks', params: { organization } })}
          />
        )}
      </PageTitle>
      {isAdmin ? (
        <QueryView query={query} skeletonLines={4}>
          {(webhook) => (
            <Stack>
              <WebhookFacts webhook={webhook} />
              <Title order={2} size="h4" mt="sm">
                Deliveries
              </Title>
              <DeliveryList
                owner={owner}
                name={name}
                openId={delivery}
                onOpen={(id) => navigate({ search: id ? { delivery: id } : {}, replace: true })}
              />
            </Stack>
          )}
        </QueryView>
      ) : (
        <AdminsOnly organization={organization} what="its webhooks" />
      )}
    </>
  )
}
