/** One webhook of a stack: what it is told, and everything that it was told. */
import { Breadcrumbs, Group, Text, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { QueryView } from '../parts/query-view.tsx'
import { useStackPermission } from '../stack/permission.ts'
import { ofStack } from './webhook.ts'
import { WebhookActions } from './webhook-actions.tsx'
import { WebhooksLink } from './webhook-link.tsx'
import { WebhookRecord } from './webhook-record.tsx'
import { webhookQuery } from './webhooks.ts'
import { WritersOnly } from './writers-only.tsx'

const route = getRouteApi('/$organization/$project/$stack/settings/webhooks/$name')

export function StackWebhookPage() {
  const { name, ...names } = route.useParams()
  const { delivery } = route.useSearch()
  const navigate = route.useNavigate()
  const permission = useStackPermission(names)
  const owner = ofStack(names)
  const query = useQuery({ ...webhookQuery(owner, name), enabled: permission?.canWrite !== false })
  const title = query.data?.displayName ?? name
  const show = (id: string | undefined) => navigate({ search: id ? { delivery: id } : {}, replace: true })
  useDocumentTitle(`${title} · ${names.project}/${names.stack} · Daypass`)
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
      <Group justify="space-between" mb="md" gap="sm">
        <Title order={2} size="h3" style={{ overflowWrap: 'anywhere' }}>
          {title}
        </Title>
        {query.data && (
          <WebhookActions
            owner={owner}
            webhook={query.data}
            onSent={({ id }) => show(id)}
            onRemoved={() =>
              navigate({ to: '/$organization/$project/$stack/settings/webhooks', params: names })
            }
          />
        )}
      </Group>
      {permission?.canWrite === false ? (
        <WritersOnly />
      ) : (
        <QueryView query={query} skeletonLines={4}>
          {(webhook) => <WebhookRecord owner={owner} webhook={webhook} openId={delivery} onOpen={show} />}
        </QueryView>
      )}
    </>
  )
}
