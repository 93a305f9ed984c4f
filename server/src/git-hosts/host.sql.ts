import type { Queryable } from '../db/database.ts'
import type { GitHost } from './git-host.ts'

const COLUMNS = /* sql */ `
  h.id, h.organization_id as "organizationId", h.name, h.kind, h.web_url as "webUrl", h.api_url as "apiUrl", h.settings,
  h.sealed_secrets as "sealedSecrets", h.acts_for as "actsFor", h.created_at as "createdAt",
  h.last_event_at as "lastEventAt", h.last_failure_at as "lastFailureAt", h.last_failure as "lastFailure"`

const LIST = {
  name: 'git-hosts-list',
  text: `select ${COLUMNS} from git_hosts h where h.organization_id = $1 order by h.created_at, h.id`,
}

/** The oldest first. */
export async function listGitHosts(tx: Queryable, organizationId: string): Promise<GitHost[]> {
  return (await tx.query<GitHost>(LIST, [organizationId])).rows
}

const FIND = {
  name: 'git-host-find',
  text: `select ${COLUMNS} from git_hosts h where h.organization_id = $1 and h.name = $2`,
}
const HOLD = { name: 'git-host-hold', text: `${FIND.text} for no key update` }

export async function findGitHost(
  tx: Queryable,
  organizationId: string,
  name: string,
): Promise<GitHost | undefined> {
  return (await tx.query<GitHost>(FIND, [organizationId, name])).rows[0]
}

/** The same, held for the rest of the transaction. */
export async function holdGitHost(
  tx: Queryable,
  organizationId: string,
  name: string,
): Promise<GitHost | undefined> {
  return (await tx.query<GitHost>(HOLD, [organizationId, name])).rows[0]
}

const BY_ID = { name: 'git-host-by-id', text: `select ${COLUMNS} from git_hosts h where h.id = $1` }

/** @param id A UUID. */
export async function gitHostById(tx: Queryable, id: string): Promise<GitHost | undefined> {
  return (await tx.query<GitHost>(BY_ID, [id])).rows[0]
}

const COUNT = 'select count(*) as count from git_hosts where organization_id = $1'

export async function countGitHosts(tx: Queryable, organizationId: string): Promise<number> {
  return (await tx.query<{ count: number }>(COUNT, [organizationId])).rows[0]?.count ?? 0
}

const INSERT = /* sql */ `
  insert into git_hosts (id, organization_id, name, kind, web_url, api_url, settings, sealed_secrets, acts_for)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict on constraint git_hosts_name_key do nothing
  returning created_at as "createdAt"`

/** @returns Undefined when the organization has one of this name. */
export async function insertGitHost(
  tx: Queryable,
  host: Omit<GitHost, 'createdAt' | 'lastEventAt' | 'lastFailureAt' | 'lastFailure'>,
): Promise<GitHost | undefined> {
  const { id, organizationId, name, kind, webUrl, apiUrl, settings, sealedSecrets, actsFor } = host
  const values = [
    id,
    organizationId,
    name,
    kind,
    webUrl,
    apiUrl,
    JSON.stringify(settings),
    sealedSecrets,
    actsFor,
  ]
  const [row] = (await tx.query<Pick<GitHost, 'createdAt'>>(INSERT, values)).rows
  return row && { ...host, ...row, lastEventAt: null, lastFailureAt: null, lastFailure: null }
}

const UPDATE = 'update git_hosts set settings = $2, sealed_secrets = $3, acts_for = $4 where id = $1'

export async function updateGitHost(
  tx: Queryable,
  { id, settings, sealedSecrets, actsFor }: Pick<GitHost, 'id' | 'settings' | 'sealedSecrets' | 'actsFor'>,
): Promise<void> {
  await tx.query(UPDATE, [id, JSON.stringify(settings), sealedSecrets, actsFor])
}

/** With its deliveries. */
export async function deleteGitHost(tx: Queryable, id: string): Promise<void> {
  await tx.query('delete from git_hosts where id = $1', [id])
}

const NOTE_FAILURE = {
  name: 'git-host-note-failure',
  text: 'update git_hosts set last_failure_at = clock_timestamp(), last_failure = $2 where id = $1',
}

export async function noteFailure(tx: Queryable, id: string, sentence: string): Promise<void> {
  await tx.query(NOTE_FAILURE, [id, sentence])
}

const FORGET_FAILURE = {
  name: 'git-host-forget-failure',
  text: /* sql */ `
    update git_hosts set last_failure_at = null, last_failure = null where id = $1 and last_failure is not null`,
}

export async function forgetFailure(tx: Queryable, id: string): Promise<void> {
  await tx.query(FORGET_FAILURE, [id])
}
