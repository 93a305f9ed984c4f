/** What is asked of webhooks; the lists are fetched anew afterwards. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { read } from '../api/client.ts'
import { type Delivery, hooksPath, type Webhook, type WebhookOwner } from './webhook.ts'

export interface WebhookWishes {
  readonly name?: string
  readonly displayName: string
  readonly payloadUrl: string
  readonly format: string
  readonly active: boolean
  readonly filters: readonly string[]
  readonly groups: readonly string[]
  /** Absent: as it is. */
  readonly secret?: string
}

/** What takes a secret away; an empty one means "as it is". */
export const REMOVE_SECRET = '__remove-secret'

function json(method: string, body?: object): RequestInit {
  if (!body) return { method }
  return { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
}

function useRefresh(owner: WebhookOwner) {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: ['webhooks', owner] })
}

/** Makes one, or changes the one of this name. */
export function useSaveWebhook(owner: WebhookOwner, name?: string) {
  return useMutation({
    mutationFn: (wishes: WebhookWishes) =>
      name === undefined
        ? read<Webhook>(hooksPath(owner), json('POST', wishes))
        : read<Webhook>(hooksPath(owner, name), json('PATCH', wishes)),
    onSuccess: useRefresh(owner),
  })
}

export function useSwitchWebhook(owner: WebhookOwner, name: string) {
  return useMutation({
    // Without the URL, so that it changes this alone.
    mutationFn: (active: boolean) => read<Webhook>(hooksPath(owner, name), json('PATCH', { active })),
    onSuccess: useRefresh(owner),
  })
}

export function useRemoveWebhook(owner: WebhookOwner, name: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => read<void>(hooksPath(owner, name), json('DELETE')),
    // Its own page is left; asking for it again would only be refused.
    onSuccess: () => client.invalidateQueries({ queryKey: ['webhooks', owner], exact: true }),
  })
}

export function usePing(owner: WebhookOwner, name: string) {
  return useMutation({
    mutationFn: () => read<Delivery>(hooksPath(owner, name, 'ping'), json('POST')),
    onSuccess: useRefresh(owner),
  })
}

export function useRedeliver(owner: WebhookOwner, name: string) {
  return useMutation({
    mutationFn: (id: string) =>
      read<Delivery>(hooksPath(owner, name, 'deliveries', id, 'redeliver'), json('POST')),
    onSuccess: useRefresh(owner),
  })
}
