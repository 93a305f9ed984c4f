/**
 * The format `pulumi_deployments`: not a request to a receiver, but an update of another stack of the organization.
 *
 * The URL of such a webhook is `project/stack`. Whose rights count: those of whoever saved the webhook last, at the moment
 * when it happens. The deployment and the record of the delivery are one transaction, so an event asks for it once.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { canWriteStack, isOrganizationAdmin } from '../access/permission.ts'
import { actingUser } from '../access/person.ts'
import type { UserPrincipal } from '../access/principal.ts'
import { stackPlaceOf } from '../access/stack-place.ts'
import type { Queryable } from '../db/database.ts'
import { type RequestServices, requestDeploymentIn } from '../deployments/request.ts'
import { isRefusal } from '../refuse.ts'
import { stackNotFound } from '../stacks/stack.ts'
import type { Sent } from './send.ts'
import { findTarget, leadsTo, type TargetRow } from './target.sql.ts'
import type { WebhookOwner } from './webhook.ts'

export interface Target {
  readonly project: string
  readonly stack: string
}

/** Undefined for what is not `project/stack`. */
export function targetOf(payloadUrl: string): Target | undefined {
  const [, project, stack] = /^([A-Za-z0-9_.-]{1,100})\/([A-Za-z0-9_.-]{1,100})$/.exec(payloadUrl) ?? []
  return project === undefined || stack === undefined ? undefined : { project, stack }
}

/** Why the caller may not save such a webhook, or undefined. Call it in the transaction that saves it. */
export async function whyNotTarget(
  tx: Queryable,
  caller: UserPrincipal,
  { organization, organizationId, stack }: WebhookOwner,
  payloadUrl: string,
): Promise<Refusal | undefined> {
  const found = await writableTarget(tx, caller, { organizationId, organization }, payloadUrl)
  if (isRefusal(found)) return { ...found, status: 400 }
  if (stack && (await leadsTo(tx, organizationId, { from: found.stackId, to: stack.id })))
    return loop(payloadUrl)
  return undefined
}

export interface TargetDelivery {
  readonly kind: string
  readonly payloadUrl: string
  readonly organizationId: string
  /** Whoever saved the webhook last; null when they are gone. */
  readonly actsFor: string | null
}

/** Asks for the update, unless it is a ping. A refusal is the answer of the delivery. */
export async function deployTarget(
  tx: Queryable,
  services: Omit<RequestServices, 'db'>,
  { kind, payloadUrl, organizationId, actsFor }: TargetDelivery,
): Promise<Sent> {
  const person = actsFor === null ? undefined : await actingUser(tx, actsFor)
  const found = person
    ? await writableTarget(tx, person, { organizationId, organization: '' }, payloadUrl)
    : nobody
  if (isRefusal(found) || !person) return answered('', isRefusal(found) ? found : nobody)
  const { stackId, organization } = found
  const url = `${services.config.baseUrl}/api/stacks/${organization}/${payloadUrl}/deployments`
  if (kind === 'ping') return answered(url, { message: `This webhook works: it updates ${payloadUrl}.` })
  const requester = {
    userId: person.userId,
    isOrganizationAdmin: isOrganizationAdmin(person, organizationId),
  }
  const requested = await requestDeploymentIn(tx, services, requester, stackId, {
    operation: 'update',
    inheritSettings: true,
    settings: {},
    trigger: 'webhook',
    initiator: 'webhook',
  })
  return answered(url, requested)
}

async function writableTarget(
  tx: Queryable,
  person: UserPrincipal,
  { organizationId, organization }: { readonly organizationId: string; readonly organization: string },
  payloadUrl: string,
): Promise<TargetRow | Refusal> {
  const target = targetOf(payloadUrl)
  const row = target && (await findTarget(tx, organizationId, target))
  const place = row && (await stackPlaceOf(tx, row.stackId))
  if (row && place && canWriteStack(person, place)) return row
  const { project = '', stack = '' } = target ?? {}
  return stackNotFound({ organization: row?.organization ?? organization, project, stack })
}

function answered(requestUrl: string, answer: Refusal | object): Sent {
  const refusal = isRefusal(answer) ? answer : undefined
  const body = refusal ? { code: refusal.status, message: refusal.message, reason: refusal.reason } : answer
  return {
    result: refusal ? 'final' : 'arrived',
    durationMs: 0,
    requestUrl,
    requestHeaders: '',
    responseCode: refusal ? refusal.status : 202,
    responseHeaders: '',
    responseBody: JSON.stringify(body),
  }
}

const nobody: Refusal = {
  status: 403,
  reason: 'nobody_to_act_for',
  message: 'Whoever saved this webhook is gone; somebody who may write the other stack has to save it again.',
}

function loop(payloadUrl: string): Refusal {
  return {
    status: 400,
    reason: 'webhook_loop',
    message: `Bad Request: an update of ${payloadUrl} leads back to this stack, by this webhook or over others; they would update each other without end.`,
  }
}
