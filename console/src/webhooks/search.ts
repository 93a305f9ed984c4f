/** What of a webhook's page stands in its address. */
export interface WebhookSearch {
  /** The delivery that is open. */
  readonly delivery?: string
}

export function readWebhookSearch({ delivery }: Record<string, unknown>): WebhookSearch {
  return typeof delivery === 'string' && delivery !== '' ? { delivery } : {}
}
