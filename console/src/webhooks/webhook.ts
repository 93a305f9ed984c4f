/** A webhook, its owner and its deliveries; and how they read. */
import type { components } from '../api/schema.d.ts'

export type Webhook = components['schemas']['WebhookResponse']
export type Delivery = components['schemas']['WebhookDelivery']

/** Whose they are: the routes of both are alike. */
export interface WebhookOwner {
  readonly organization: string
  readonly stack?: { readonly project: string; readonly stack: string }
}

export function ofStack(names: {
  readonly organization: string
  readonly project: string
  readonly stack: string
}): WebhookOwner {
  const { organization, project, stack } = names
  return { organization, stack: { project, stack } }
}

export function hooksPath({ organization, stack }: WebhookOwner, ...further: readonly string[]): string {
  const place = stack ? ['stacks', organization, stack.project, stack.stack] : ['orgs', organization]
  return ['api', ...place, 'hooks', ...further].map(encodeURIComponent).join('/')
}

/** Whither it goes, without the path, which may be a credential. */
export function whither({ payloadUrl, format }: Pick<Webhook, 'payloadUrl' | 'format'>): string {
  if (format === 'pulumi_deployments') return `updates ${payloadUrl}`
  return URL.canParse(payloadUrl) ? new URL(payloadUrl).host : payloadUrl
}

export function listensTo({ filters, groups }: Pick<Webhook, 'filters' | 'groups'>): string {
  const words = [...groups.map((group) => `everything of ${group}`), ...filters]
  return words.length === 0 ? 'everything' : words.join(', ')
}

export interface Outcome {
  readonly kind: 'delivered' | 'waiting' | 'failed'
  readonly says: string
}

export function outcomeOf({ responseCode, attempts, nextAttempt, requestHeaders }: Delivery): Outcome {
  if (attempts === 0)
    return nextAttempt
      ? { kind: 'waiting', says: 'Waiting to be sent' }
      : { kind: 'failed', says: 'Not sent' }
  if (nextAttempt && requestHeaders === '') return { kind: 'waiting', says: 'Being sent' }
  if (responseCode >= 200 && responseCode < 300)
    return { kind: 'delivered', says: `Delivered (${responseCode})` }
  const says = responseCode === 0 ? 'No answer' : `Answered ${responseCode}`
  return nextAttempt ? { kind: 'waiting', says: `${says}, tried again` } : { kind: 'failed', says }
}

/** As a person reads it, when it is JSON. */
export function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
