/**
 * Webhooks: who outside is told when something happens on a stack or in an organization.
 *
 * Owns: the webhooks, what each one listens to, the form of what is sent, and every delivery until it has arrived or
 * was given up. Does not own: what happens (the outbox holds it, written in the transaction of the act).
 *
 * In prose: an event is taken from the outbox and becomes a delivery for each webhook that listens, in one
 * transaction. A delivery is sent by one server at a time; after a failure it is due again later, and after
 * {@link MOST_ATTEMPTS} attempts it is given up. What was sent is kept, and can be sent again as it was.
 */
import type { Refusal } from '@daypass/contract/errors.ts'

export type Format = 'raw' | 'slack' | 'ms_teams' | 'pulumi_deployments'

export interface Webhook {
  readonly id: string
  readonly name: string
  readonly displayName: string
  /** May hold a credential, as those of Slack do: not for logs. Of `pulumi_deployments` it is `project/stack`. */
  readonly payloadUrl: string
  readonly format: Format
  readonly active: boolean
  /** Both empty: everything. */
  readonly filters: readonly string[]
  readonly groups: readonly string[]
  readonly sealedSecret: Buffer | null
  /** A user, in whose name `pulumi_deployments` deploys: who saved it last. Null: they are gone. */
  readonly actsFor: string | null
}

/** An organization, or one of its stacks. */
export interface WebhookOwner {
  readonly organizationId: string
  readonly organization: string
  readonly stack: { readonly id: string; readonly project: string; readonly name: string } | undefined
}

/** One delivery may take this long in all, from the look-up of the name to the last byte that is kept. */
export const SEND_SECONDS = 10
/** A server that has not said how it went after this long is gone: another one sends. */
export const SENDING_LEASE_SECONDS = 60
export const MOST_ATTEMPTS = 8
const FIRST_RETRY_SECONDS = 15
const LONGEST_RETRY_SECONDS = 6 * 60 * 60

/** 15 s, 1 min, 4 min, 16 min, 1 h, 4 h, 6 h; each between half of it and all of it, so that they do not come together. */
export function retrySeconds(attempts: number, random: () => number): number {
  const longest = Math.min(FIRST_RETRY_SECONDS * 4 ** (attempts - 1), LONGEST_RETRY_SECONDS)
  return longest * (0.5 + random() / 2)
}

export function webhookNotFound(name: string): Refusal {
  return {
    status: 404,
    reason: 'webhook_not_found',
    message: `Not Found: there is no webhook "${name}" here.`,
  }
}

export function deliveryNotFound(): Refusal {
  return {
    status: 404,
    reason: 'delivery_not_found',
    message: 'Not Found: this webhook has no such delivery.',
  }
}
