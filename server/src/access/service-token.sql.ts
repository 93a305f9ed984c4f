/** Tokens that act for an organization or a team, each through a user of its own. */
import type { Queryable } from '../db/database.ts'
import type { Service } from './principal.ts'

export interface NewServiceUser {
  readonly id: string
  readonly login: string
  readonly name: string
  readonly kind: Service['kind']
}

/** @throws A unique violation of `users_login_key`. */
export async function insertServiceUser(tx: Queryable, user: NewServiceUser): Promise<void> {
  await tx.query('insert into users (id, login, name, kind) values ($1, $2, $3, $4)', [
    user.id,
    user.login,
    user.name,
    user.kind,
  ])
}

export interface ListedServiceToken {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly expiresAt: Date | null
  readonly admin: boolean
  readonly createdBy: string | null
}

/** Of a team when `teamId` is given, else of the organization. What was exchanged and has ended is not worth a line. */
const LIST = /* sql */ `
  select t.id, t.name, t.description, t.created_at as "createdAt", t.last_used_at as "lastUsedAt",
         t.expires_at as "expiresAt", t.admin, c.login as "createdBy"
    from access_tokens t left join users c on c.id = t.created_by
   where t.organization_id = $1 and t.revoked_at is null
     and (case when $2::uuid is null then t.kind = 'organization' else t.kind = 'team' and t.team_id = $2 end)
     and not (t.exchanged and t.expires_at <= now())
   order by t.created_at desc, t.id`

export async function listServiceTokens(
  db: Queryable,
  organizationId: string,
  teamId: string | undefined,
): Promise<ListedServiceToken[]> {
  return (await db.query<ListedServiceToken>(LIST, [organizationId, teamId ?? null])).rows
}

export interface RevokedToken {
  readonly id: string
  readonly name: string
}

/** All of a team, or one; of exchanged tokens many act through one user, which stays. */
const REVOKE = /* sql */ `
  with gone as (
    update access_tokens set revoked_at = now()
     where organization_id = $1 and revoked_at is null and ($3::uuid is null or id = $3)
       and (case when $2::uuid is null then kind = 'organization' else kind = 'team' and team_id = $2 end)
    returning id, name, user_id, exchanged
  ), silent as (
    update users set deactivated_at = now() where id in (select user_id from gone where not exchanged)
  ), left_behind as (
    delete from members where user_id in (select user_id from gone where not exchanged)
  )
  select id, name from gone`

export async function revokeServiceTokens(
  tx: Queryable,
  which: {
    readonly organizationId: string
    readonly teamId: string | undefined
    /** Absent: all. */
    readonly tokenId?: string
  },
): Promise<RevokedToken[]> {
  const values = [which.organizationId, which.teamId ?? null, which.tokenId ?? null]
  return (await tx.query<RevokedToken>(REVOKE, values)).rows
}

const MAX_DAYS = /* sql */ `
  select coalesce(min(nullif(o.max_expiry_days, 0)), 0)::int as days
    from members m join organizations o on o.id = m.organization_id where m.user_id = $1`

/** What the strictest organization of a person allows. 0: none says anything. */
export async function maxExpiryDaysOfPerson(db: Queryable, userId: string): Promise<number> {
  return (await db.query<{ days: number }>(MAX_DAYS, [userId])).rows[0]?.days ?? 0
}

export async function maxExpiryDays(db: Queryable, organizationId: string): Promise<number> {
  const text = 'select max_expiry_days as days from organizations where id = $1'
  return (await db.query<{ days: number }>(text, [organizationId])).rows[0]?.days ?? 0
}
