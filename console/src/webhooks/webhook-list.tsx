/** Who outside is told when something happens, and the way to one more. */
import { Button, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { AdminsOnly } from '../parts/admins-only.tsx'
import { Empty } from '../parts/empty.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { useIsAdmin } from '../session/session.ts'
import type { Webhook } from './webhook.ts'
import { WebhookForm } from './webhook-form.tsx'
import { WebhookRows } from './webhook-rows.tsx'
import { webhooksQuery } from './webhooks.ts'

const route = getRouteApi('/$organization/settings/webhooks')

export function WebhookList() {
  const { organization } = route.useParams()
  const isAdmin = useIsAdmin(organization)
  const [isOpen, { open, close }] = useDisclosure(false)
  const navigate = route.useNavigate()
  const owner = { organization }
  const query = useQuery({ ...webhooksQuery(owner), enabled: isAdmin })
  return (
    <>
      <PageTitle title="Webhooks">
        <Button
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={open}
          disabled={!isAdmin}
          title={isAdmin ? undefined : 'Only admins make webhooks of the organization'}
        >
          New webhook
        </Button>
      </PageTitle>
      {isAdmin ? (
        <QueryView query={query}>
          {(webhooks) => <Webhooks organization={organization} webhooks={webhooks} />}
        </QueryView>
      ) : (
        <AdminsOnly organization={organization} what="its webhooks">
          Whoever may write a stack has that stack's own webhooks.
        </AdminsOnly>
      )}
      <Modal opened={isOpen} onClose={close} title={`New webhook of ${organization}`} size="lg">
        <WebhookForm
          owner={owner}
          onCancel={close}
          onSaved={({ name }) =>
            navigate({ to: '/$organization/settings/webhooks/$name', params: { organization, name } })
          }
        />
      </Modal>
    </>
  )
}

function Webhooks({ organization, webhooks }: { organization: string; webhooks: readonly Webhook[] }) {
  if (webhooks.length > 0) return <WebhookRows owner={{ organization }} webhooks={webhooks} />
  return (
    <Empty title="No webhooks yet">
      A webhook tells a chat, a CI or a program of yours when something happens in any of the organization’s
      stacks. Make the first one with New webhook.
    </Empty>
  )
}
