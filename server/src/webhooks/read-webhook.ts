/**
 * What a client says about a webhook. Null is not given, as everywhere: generated clients send every field.
 *
 * A change comes whole from every client that Pulumi has made, and then leaves out lists that are empty; so a body
 * that names the URL is taken as whole, and one that does not changes what it names.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { type Static, type TSchema, Type } from 'typebox'
import { type FilterVerdict, judgeFilter, judgeGroup } from './filters.ts'
import { whyNotPosted } from './post.ts'
import { targetOf } from './target.ts'
import type { Format, Webhook, WebhookOwner } from './webhook.ts'

const orNull = <Schema extends TSchema>(schema: Schema) => Type.Optional(Type.Union([schema, Type.Null()]))
const Words = Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 })

export const WebhookBody = Type.Object(
  {
    organizationName: orNull(Type.String()),
    projectName: orNull(Type.String()),
    stackName: orNull(Type.String()),
    name: orNull(Type.String({ maxLength: 200 })),
    displayName: orNull(Type.String({ maxLength: 200 })),
    payloadUrl: orNull(Type.String({ maxLength: 2048 })),
    secret: orNull(Type.String({ maxLength: 1024 })),
    active: orNull(Type.Boolean()),
    format: orNull(Type.String()),
    filters: orNull(Words),
    groups: orNull(Words),
  },
  // The CLI sends back what it has read, and with it what we know ourselves.
  { additionalProperties: true },
)
export type WebhookBody = Static<typeof WebhookBody>

/** What the CLI and the provider send to take the secret away: an empty one means "as it is". */
const REMOVE_SECRET = '__remove-secret'

export interface WebhookRequest extends Omit<Webhook, 'id' | 'sealedSecret' | 'actsFor'> {
  /** Undefined: as it is. Null: none. */
  readonly secret: string | null | undefined
  /** Sentences about what was taken and does perhaps not do what was meant. */
  readonly notes: readonly string[]
}

export interface ReadContext {
  readonly owner: WebhookOwner
  readonly allowPrivate: boolean
  /** When the client gives none. */
  readonly newName: () => string
  /** What is changed; undefined for a new one. */
  readonly existing: Webhook | undefined
}

export function readWebhook(body: WebhookBody, context: ReadContext): WebhookRequest | Refusal {
  const { owner, existing } = context
  const elsewhere = otherOwner(body, owner)
  if (elsewhere) return elsewhere
  const name = existing?.name ?? (body.name || context.newName())
  if (!/^(?!\.\.?$)[A-Za-z0-9_.-]{1,100}$/.test(name))
    return bad('invalid_name', 'name may have up to 100 letters, digits, ".", "_" and "-".')
  const format = readFormat(body.format || existing?.format, owner)
  if (typeof format !== 'string') return format
  const given = body.payloadUrl || existing?.payloadUrl
  const payloadUrl =
    format === 'pulumi_deployments' ? readTarget(given) : readUrl(given, context.allowPrivate)
  if (typeof payloadUrl !== 'string') return payloadUrl
  const isWhole = Boolean(body.payloadUrl)
  const filters = [...new Set(body.filters ?? (isWhole ? [] : (existing?.filters ?? [])))]
  const groups = [...new Set(body.groups ?? (isWhole ? [] : (existing?.groups ?? [])))]
  const notes = format === 'pulumi_deployments' && filters.length + groups.length === 0 ? [EVERY_EVENT] : []
  const ofStack = owner.stack !== undefined
  const words = [
    ...filters.map((word) => ({ field: 'filters', word, verdict: judgeFilter(word, ofStack) })),
    ...groups.map((word) => ({ field: 'groups', word, verdict: judgeGroup(word, ofStack) })),
  ]
  for (const { field, word, verdict } of words) {
    const refusal = wordRefusal(field, word, verdict)
    if (refusal) return refusal
    if (verdict === 'never-here') notes.push(`Daypass has no such events: ${word}.`)
  }
  return {
    name,
    displayName: body.displayName || existing?.displayName || name,
    payloadUrl,
    format,
    active: body.active ?? existing?.active ?? true,
    filters,
    groups,
    secret: body.secret === REMOVE_SECRET ? null : body.secret || undefined,
    notes,
  }
}

function otherOwner(body: WebhookBody, { organization, stack }: WebhookOwner): Refusal | undefined {
  const pairs = [
    ['organizationName', body.organizationName, organization],
    ['projectName', body.projectName, stack?.project ?? ''],
    ['stackName', body.stackName, stack?.name ?? ''],
  ] as const
  const wrong = pairs.find(([, given, path]) => given && given !== path)
  return (
    wrong && bad('other_owner', `${wrong[0]} is not that of the path: leave it out, or call the other path.`)
  )
}

/** As it was given: a receiver may compare it to the letter. It is not quoted, for it may hold a credential. */
function readUrl(given: string | undefined, allowPrivate: boolean): string | Refusal {
  if (given === undefined) return bad('no_payload_url', 'payloadUrl is missing.')
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (!url || !/^https?:\/\/[^\s\\/?#]+[^\s\\]*$/i.test(given))
    return bad('invalid_payload_url', 'payloadUrl must be an http or https URL.')
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    const message = 'payloadUrl must have no user, password or fragment; use the secret to be recognized.'
    return bad('invalid_payload_url', message)
  }
  const reason = whyNotPosted(url, allowPrivate)
  return reason === undefined ? given : bad('payload_url_refused', reason)
}

function readTarget(given: string | undefined): string | Refusal {
  if (given !== undefined && targetOf(given)) return given
  const message = 'with the format pulumi_deployments, payloadUrl is the stack to update, as "project/stack".'
  return bad('invalid_payload_url', message)
}

const EVERY_EVENT =
  'Without filters every event of this stack updates the other one, also a preview and a deployment that failed; you may want "update_succeeded".'

const FORMATS: readonly Format[] = ['raw', 'slack', 'ms_teams', 'pulumi_deployments']

function readFormat(given: string | undefined = 'raw', { stack }: WebhookOwner): Format | Refusal {
  const format = FORMATS.find((one) => one === given)
  if (!format) return bad('invalid_format', `format must be one of ${FORMATS.join(', ')}.`)
  if (format !== 'pulumi_deployments' || stack) return format
  return bad('invalid_format', 'only webhooks of a stack have the format pulumi_deployments.')
}

function wordRefusal(field: string, word: string, verdict: FilterVerdict): Refusal | undefined {
  const quoted = JSON.stringify(word)
  if (verdict === 'unknown')
    return bad('unknown_event', `${field} has a word that names no event: ${quoted}.`)
  if (verdict !== 'organizations-only') return undefined
  return bad('unknown_event', `${field}: only webhooks of an organization hear of ${quoted}.`)
}

function bad(reason: string, message: string): Refusal {
  return { status: 400, reason, message: `Bad Request: ${message}` }
}
