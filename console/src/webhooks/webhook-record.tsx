/** What a webhook is told, and everything that it was told. */
import { Stack, Title } from '@mantine/core'
import { DeliveryList } from './delivery-list.tsx'
import type { Webhook, WebhookOwner } from './webhook.ts'
import { WebhookFacts } from './webhook-facts.tsx'

interface Props {
  readonly owner: WebhookOwner
  readonly webhook: Webhook
  readonly openId: string | undefined
  readonly onOpen: (id: string | undefined) => void
}

export function WebhookRecord({ owner, webhook, openId, onOpen }: Props) {
  return (
    <Stack>
      <WebhookFacts webhook={webhook} />
      <Title order={2} size="h4" mt="sm">
        Deliveries
      </Title>
      <DeliveryList owner={owner} name={webhook.name} openId={openId} onOpen={onOpen} />
    </Stack>
  )
}
