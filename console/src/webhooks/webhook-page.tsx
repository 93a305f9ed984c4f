/** One webhook of the organization: what it is told, and everything that it was told. */
import { Breadcrumbs, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { AdminsOnly } from '../parts/admins-only.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { useIsAdmin } from '../session/session.ts'
import { WebhookActions } from './webhook-actions.tsx'
import { WebhooksLink } from './webhook-link.tsx'
import { WebhookRecord } from './webhook-record.tsx'
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
        <WebhooksLink owner={owner} size="sm">
          Webhooks
        </WebhooksLink>
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
            <WebhookRecord
              owner={owner}
              webhook={webhook}
              openId={delivery}
              onOpen={(id) => navigate({ search: id ? { delivery: id } : {}, replace: true })}
            />
          )}
        </QueryView>
      ) : (
        <AdminsOnly organization={organization} what="its webhooks" />
      )}
    </>
  )
}
