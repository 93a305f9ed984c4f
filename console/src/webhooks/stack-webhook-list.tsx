/** Who outside is told when something happens in one stack, and the way to one more. */
import { Group, Modal, Stack, Title } from '@mantine/core'
import { useDisclosure, useDocumentTitle } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Empty } from '../parts/empty.tsx'
import { GuardedButton } from '../parts/guarded-button.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { useStackPermission } from '../stack/permission.ts'
import { ofStack } from './webhook.ts'
import { WebhookForm } from './webhook-form.tsx'
import { WebhookRows } from './webhook-rows.tsx'
import { webhooksQuery } from './webhooks.ts'
import { NEEDS_WRITE, WritersOnly } from './writers-only.tsx'

const route = getRouteApi('/$organization/$project/$stack/settings/webhooks')

export function StackWebhookList() {
  const names = route.useParams()
  const permission = useStackPermission(names)
  const [isOpen, { open, close }] = useDisclosure(false)
  const navigate = route.useNavigate()
  const owner = ofStack(names)
  const query = useQuery({ ...webhooksQuery(owner), enabled: permission?.canWrite !== false })
  const place = `${names.project}/${names.stack}`
  useDocumentTitle(`Webhooks of ${place} · Daypass`)
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2} size="h3">
          Webhooks
        </Title>
        <GuardedButton
          whyNot={permission?.canWrite === false ? NEEDS_WRITE : undefined}
          onClick={open}
          leftSection={<IconPlus size={16} aria-hidden />}
        >
          New webhook
        </GuardedButton>
      </Group>
      {permission?.canWrite === false ? (
        <WritersOnly />
      ) : (
        <QueryView query={query}>
          {(webhooks) =>
            webhooks.length > 0 ? (
              <WebhookRows owner={owner} webhooks={webhooks} />
            ) : (
              <Empty title="No webhooks yet">
                A webhook tells a chat, a CI or a program of yours when something happens in this stack, or
                updates another stack. Make the first one with New webhook.
              </Empty>
            )
          }
        </QueryView>
      )}
      <Modal opened={isOpen} onClose={close} title={`New webhook of ${place}`} size="lg">
        <WebhookForm
          owner={owner}
          onCancel={close}
          onSaved={({ name }) =>
            navigate({
              to: '/$organization/$project/$stack/settings/webhooks/$name',
              params: { ...names, name },
            })
          }
        />
      </Modal>
    </Stack>
  )
}
