/** The webhooks of an organization or of a stack, and what they have sent. */
import { queryOptions } from '@tanstack/react-query'
import { read } from '../api/client.ts'
import { type Delivery, hooksPath, type Webhook, type WebhookOwner } from './webhook.ts'

const LIVE_MS = 3_000
const QUIET_MS = 15_000

export function webhooksQuery(owner: WebhookOwner) {
  return queryOptions({
    queryKey: ['webhooks', owner],
    queryFn: ({ signal }) => read<Webhook[]>(hooksPath(owner), { signal }),
  })
}

export function webhookQuery(owner: WebhookOwner, name: string) {
  return queryOptions({
    queryKey: ['webhooks', owner, name],
    queryFn: ({ signal }) => read<Webhook>(hooksPath(owner, name), { signal }),
  })
}

export function deliveriesQuery(owner: WebhookOwner, name: string) {
  return queryOptions({
    queryKey: ['webhooks', owner, name, 'deliveries'],
    queryFn: ({ signal }) => read<Delivery[]>(hooksPath(owner, name, 'deliveries'), { signal }),
    refetchInterval: ({ state }) => (state.data?.some(({ nextAttempt }) => nextAttempt) ? LIVE_MS : QUIET_MS),
  })
}
