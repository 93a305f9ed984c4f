import type { Queryable } from '../db/database.ts'
import type { AppRegistration } from './registration.ts'

const COLUMNS = /* sql */ `
  r.id, r.organization_id as "organizationId", o.name as organization, r.name, r.begun_by as "begunBy", u.login, r.kind,
  r.web_url as "webUrl", r.api_url as "apiUrl", r.account, r.settings, r.progress, r.failure,
  r.install_url as "installUrl", r.expires_at as "expiresAt"`
const ALL = /* sql */ `
  select ${COLUMNS} from git_app_registrations r
    join organizations o on o.id = r.organization_id join users u on u.id = r.begun_by`

const BEGIN = /* sql */ `
  insert into git_app_registrations
    (id, organization_id, name, begun_by, kind, web_url, api_url, account, settings, state_hash, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  on conflict on constraint one_registration_a_name do update
    set id = excluded.id, begun_by = excluded.begun_by, kind = excluded.kind, web_url = excluded.web_url,
        api_url = excluded.api_url, account = excluded.account, settings = excluded.settings,
        state_hash = excluded.state_hash, expires_at = excluded.expires_at, created_at = now(),
        progress = 'waiting', failure = null, install_url = null`

/** In place of an earlier one of the name, whose link is worth nothing from then on. */
export async function beginRegistration(
  tx: Queryable,
  one: Omit<AppRegistration, 'organization' | 'login' | 'progress' | 'failure' | 'installUrl'>,
  stateHash: Buffer,
): Promise<void> {
  const { id, organizationId, name, begunBy, kind, webUrl, apiUrl, account, settings, expiresAt } = one
  const place = [id, organizationId, name, begunBy, kind, webUrl, apiUrl, account]
  await tx.query(BEGIN, [...place, JSON.stringify(settings), stateHash, expiresAt])
}

const FORGET_OLD = 'delete from git_app_registrations where organization_id = $1 and expires_at < $2'

export async function forgetOldRegistrations(
  tx: Queryable,
  organizationId: string,
  before: Date,
): Promise<void> {
  await tx.query(FORGET_OLD, [organizationId, before])
}

const BY_NAME = `${ALL} where r.organization_id = $1 and r.name = $2`

export async function registrationNamed(
  tx: Queryable,
  organizationId: string,
  name: string,
): Promise<AppRegistration | undefined> {
  return (await tx.query<AppRegistration>(BY_NAME, [organizationId, name])).rows[0]
}

const BY_STATE = `${ALL} where r.state_hash = $1`

export async function registrationOfState(
  tx: Queryable,
  stateHash: Buffer,
): Promise<AppRegistration | undefined> {
  return (await tx.query<AppRegistration>(BY_STATE, [stateHash])).rows[0]
}

const TAKE = /* sql */ `
  update git_app_registrations set progress = 'exchanging'
   where state_hash = $1 and progress = 'waiting' and expires_at > $2
  returning id`

/** Of two that come with one state, one gets it. @returns Whether it is the caller's now. */
export async function takeRegistration(tx: Queryable, stateHash: Buffer, now: Date): Promise<boolean> {
  return (await tx.query(TAKE, [stateHash, now])).rows.length === 1
}

const END = /* sql */ `
  update git_app_registrations set progress = $2, failure = $3, install_url = $4
   where id = $1 and progress = 'exchanging'`

/** `waiting`: the code was not used, and may come again. */
export async function endExchange(
  tx: Queryable,
  id: string,
  progress: 'waiting' | 'connected' | 'failed',
  { failure, installUrl }: { readonly failure?: string; readonly installUrl?: string } = {},
): Promise<void> {
  await tx.query(END, [id, progress, failure ?? null, installUrl ?? null])
}
