/** Hosts connected, changed and taken away, each with its record. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { ChangeGitHostRequest, ConnectGitHostRequest } from '@daypass/contract/git-hosts.ts'
import { actorOf, type Membership, type UserPrincipal } from '../access/principal.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { isRefusal } from '../refuse.ts'
import { ADAPTERS } from './adapters.ts'
import { type GitHost, gitHostNotFound, type HostSecrets } from './git-host.ts'
import { countGitHosts, deleteGitHost, holdGitHost, insertGitHost, updateGitHost } from './host.sql.ts'
import { pollSettings } from './polling/settings.ts'
import { readAddresses, readSecrets, readSettings, whyIncomplete } from './read-request.ts'
import { type HostSecretsServices, openGitHost, sealHostSecrets, UNREADABLE_SECRETS } from './secrets.ts'

export interface ChangeServices extends HostSecretsServices {
  readonly db: Database
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
  readonly allowPrivateGitHosts: boolean
}

export interface Changed {
  readonly host: GitHost
  /** When it was made just now. */
  readonly webhookSecret: string | undefined
}

type Organization = Pick<Membership, 'organizationId' | 'organization'>

/** Each of them may be looked at for each event. */
const MOST_HOSTS = 100
const SECRET_BYTES = 32

export function connectGitHost(
  services: ChangeServices,
  caller: UserPrincipal,
  organization: Organization,
  body: ConnectGitHostRequest,
): Promise<Changed | Refusal> {
  return services.db.transaction((tx) => connectGitHostIn(tx, services, caller, organization, body))
}

/** @param id When it was told to the host before. */
export async function connectGitHostIn(
  tx: Queryable,
  services: ChangeServices,
  caller: UserPrincipal,
  organization: Organization,
  body: ConnectGitHostRequest,
  id: string = services.randomUuid(),
): Promise<Changed | Refusal> {
  const { randomBytes, allowPrivateGitHosts } = services
  const { name, kind } = body
  if (!ADAPTERS[kind]) {
    const message = `Bad Request: this server does not speak to hosts of kind ${kind} yet.`
    return { status: 400, reason: 'not_supported_yet', message }
  }
  const addresses = readAddresses(body, allowPrivateGitHosts)
  if (isRefusal(addresses)) return addresses
  const said = readSettings(body, {})
  if (isRefusal(said)) return said
  const webhookSecret = body.webhookSecret ?? randomBytes(SECRET_BYTES).toString('hex')
  const secrets = readSecrets(body, { webhookSecret })
  if (isRefusal(secrets)) return secrets
  const { organizationId } = organization
  const settings = await pollSettings(tx, organizationId, kind, said, body.agentPoolID)
  if (isRefusal(settings)) return settings
  const incomplete = whyIncomplete(kind, settings, secrets)
  if (incomplete) return incomplete
  if ((await countGitHosts(tx, organizationId)) >= MOST_HOSTS) return tooMany
  const sealedSecrets = await sealHostSecrets(tx, services, organizationId, secrets)
  const made = { id, organizationId, name, kind, ...addresses, settings, sealedSecrets }
  const host = await insertGitHost(tx, { ...made, actsFor: caller.userId })
  if (!host) return gitHostExists(name)
  await record(tx, caller, organization, 'git_host.connected', host, secrets)
  const isNew = body.webhookSecret === undefined && kind !== 'polling'
  return { host, webhookSecret: isNew ? webhookSecret : undefined }
}

export async function changeGitHost(
  services: ChangeServices,
  caller: UserPrincipal,
  organization: Organization,
  name: string,
  body: ChangeGitHostRequest,
): Promise<Changed | Refusal> {
  return services.db.transaction(async (tx) => {
    const existing = await holdGitHost(tx, organization.organizationId, name)
    if (!existing) return gitHostNotFound(name)
    const opened = await openGitHost(tx, services, existing)
    if (opened === 'unreadable') return unreadable
    const said = readSettings(body, existing.settings)
    if (isRefusal(said)) return said
    const { organizationId } = organization
    const settings = await pollSettings(tx, organizationId, existing.kind, said, body.agentPoolID)
    if (isRefusal(settings)) return settings
    const webhookSecret =
      body.newWebhookSecret === true ? services.randomBytes(SECRET_BYTES).toString('hex') : undefined
    const before = { ...opened.secrets, ...(webhookSecret !== undefined && { webhookSecret }) }
    const secrets = readSecrets(body, before)
    if (isRefusal(secrets)) return secrets
    const incomplete = whyIncomplete(existing.kind, settings, secrets)
    if (incomplete) return incomplete
    const sealedSecrets = await sealHostSecrets(tx, services, organization.organizationId, secrets)
    const host = { ...existing, settings, sealedSecrets, actsFor: caller.userId }
    await updateGitHost(tx, host)
    await record(tx, caller, organization, 'git_host.changed', host, secrets, webhookSecret !== undefined)
    return { host, webhookSecret }
  })
}

export async function removeGitHost(
  { db }: Pick<ChangeServices, 'db'>,
  caller: UserPrincipal,
  organization: Organization,
  name: string,
): Promise<Refusal | undefined> {
  return db.transaction(async (tx) => {
    const existing = await holdGitHost(tx, organization.organizationId, name)
    if (!existing) return gitHostNotFound(name)
    await deleteGitHost(tx, existing.id)
    await record(tx, caller, organization, 'git_host.removed', existing)
    return undefined
  })
}

async function record(
  tx: Queryable,
  caller: UserPrincipal,
  { organizationId, organization }: Organization,
  action: string,
  { id, name, kind, webUrl, settings }: GitHost,
  secrets?: HostSecrets,
  newWebhookSecret = false,
): Promise<void> {
  await recordAudit(tx, {
    organizationId,
    actor: actorOf(caller),
    action,
    target: `${organization} ${name}`,
    details: {
      hostId: id,
      kind,
      webUrl,
      ...settings,
      ...(secrets && {
        hasToken: secrets.token !== undefined,
        hasPrivateKey: secrets.privateKey !== undefined,
      }),
      ...(newWebhookSecret && { newWebhookSecret }),
    },
  })
}

export function gitHostExists(name: string): Refusal {
  const message = `Conflict: there is a git host "${name}" already.`
  return { status: 409, reason: 'git_host_exists', message }
}

const tooMany: Refusal = {
  status: 400,
  reason: 'too_many_git_hosts',
  message: `Bad Request: there are ${MOST_HOSTS} git hosts here already; remove one first.`,
}

export const unreadable: Refusal = {
  status: 409,
  reason: 'git_host_unreadable',
  message: `Conflict: ${UNREADABLE_SECRETS}`,
}
