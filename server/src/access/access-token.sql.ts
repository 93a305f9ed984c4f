/** Access tokens, and who they stand for. */
import type { Queryable } from '../db/database.ts'
import type { Membership, Service } from './principal.ts'

export interface UserRow {
  readonly userId: string
  readonly login: string
  readonly name: string
  readonly email: string
  readonly siteAdmin: boolean
  readonly memberships: readonly Membership[]
  readonly userKind: 'person' | Service['kind']
}

/**
 * The columns of a {@link UserRow}, of the table `users u`. Whoever was deactivated is a member of nothing; a team's
 * token has of the stacks what its team has.
 */
export const USER_COLUMNS = /* sql */ `
  u.id as "userId", u.login, u.name, u.email, u.site_admin and u.deactivated_at is null as "siteAdmin",
  coalesce((
    select json_agg(
             json_build_object(
               'organizationId', o.id, 'organization', o.name, 'role', m.role,
               'stackPermission', case when u.kind = 'team' then 0 else o.default_stack_permission end,
               'createsStacks', m.role = 'admin' or (m.role = 'member' and u.kind <> 'team' and o.members_create_stacks),
               'deletesStacks', m.role = 'admin' or (m.role = 'member' and o.members_delete_stacks))
             order by coalesce(o.id = u.default_organization_id, false) desc, m.created_at, o.name)
      from members m join organizations o on o.id = m.organization_id
     where m.user_id = u.id and u.deactivated_at is null
  ), '[]') as memberships,
  u.kind as "userKind"`

export interface AccessTokenRow extends UserRow {
  readonly tokenId: string
  readonly description: string
  readonly expiresAt: Date | null
  readonly exchanged: boolean
  /** The one organization that it reaches; null: all of its person. */
  readonly onlyIn: string | null
}

const FIND = {
  name: 'access-token-find',
  text: /* sql */ `
    select t.id as "tokenId", t.description, t.expires_at as "expiresAt", t.exchanged, t.organization_id as "onlyIn",
           ${USER_COLUMNS}
      from access_tokens t join users u on u.id = t.user_id
     where t.token_hash = $1 and t.revoked_at is null and u.deactivated_at is null
       and (t.expires_at is null or t.expires_at > now())`,
}

export async function findAccessToken(db: Queryable, tokenHash: Buffer): Promise<AccessTokenRow | undefined> {
  const { rows } = await db.query<AccessTokenRow>(FIND, [tokenHash])
  return rows[0]
}

const TOUCH = {
  name: 'access-token-touch',
  text: /* sql */ `
    update access_tokens set last_used_at = now()
     where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
}

/** Notes that the token was used, to the minute. */
export async function touchAccessToken(db: Queryable, tokenId: string): Promise<void> {
  await db.query(TOUCH, [tokenId])
}

export interface NewAccessToken {
  readonly id: string
  readonly userId: string
  readonly tokenHash: Buffer
  readonly description: string
  readonly expiresAt: Date | null
  readonly kind?: 'personal' | Service['kind']
  readonly name?: string
  /** Whose it is; of a personal token: the one organization that it reaches. */
  readonly organizationId?: string
  readonly teamId?: string
  readonly admin?: boolean
  /** A user's id. */
  readonly createdBy?: string
  readonly exchanged?: boolean
}

const INSERT = /* sql */ `
  insert into access_tokens (id, user_id, token_hash, description, expires_at,
                             kind, name, organization_id, team_id, admin, created_by, exchanged)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

/** @throws A unique violation of `one_token_per_name`. */
export async function insertAccessToken(tx: Queryable, token: NewAccessToken): Promise<void> {
  await tx.query(INSERT, [
    token.id,
    token.userId,
    token.tokenHash,
    token.description,
    token.expiresAt,
    token.kind ?? 'personal',
    token.name ?? '',
    token.organizationId ?? null,
    token.teamId ?? null,
    token.admin ?? false,
    token.createdBy ?? null,
    token.exchanged ?? false,
  ])
}

/** @returns Whether the person had such a token that was not revoked before. */
export async function revokeAccessToken(tx: Queryable, userId: string, tokenId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update access_tokens set revoked_at = now() where id = $1 and user_id = $2 and revoked_at is null',
    [tokenId, userId],
  )
  return rowCount > 0
}

export interface ListedAccessToken {
  readonly id: string
  readonly description: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly expiresAt: Date | null
  readonly exchanged: boolean
}

export async function listAccessTokens(db: Queryable, userId: string): Promise<ListedAccessToken[]> {
  const { rows } = await db.query<ListedAccessToken>(
    /* sql */ `
    select id, description, created_at as "createdAt", last_used_at as "lastUsedAt", expires_at as "expiresAt",
           exchanged
      from access_tokens
     where user_id = $1 and revoked_at is null and not (exchanged and expires_at <= now())
     order by created_at desc, id`,
    [userId],
  )
  return rows
}
