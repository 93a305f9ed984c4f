/** Access tokens of people, organizations and teams: made, found by who presents one, and revoked. */
import type { Queryable } from '../db/database.ts'
import type { Membership } from './principal.ts'

export interface UserRow {
  readonly userId: string
  readonly login: string
  readonly name: string
  readonly email: string
  readonly siteAdmin: boolean
  readonly userKind: 'person' | 'organization' | 'team'
  /** Of a user that is a token: its organization and team. */
  readonly ofOrganization: string | null
  readonly ofTeam: string | null
  readonly memberships: readonly Membership[]
}

/** The columns of a {@link UserRow}, of the table `users u`. Who was deactivated belongs nowhere. */
export const USER_COLUMNS = /* sql */ `
  u.id as "userId", u.login, u.name, u.email, u.site_admin and u.deactivated_at is null as "siteAdmin", u.kind as "userKind",
  (select name from organizations where id = u.organization_id) as "ofOrganization",
  (select name from teams where id = u.team_id) as "ofTeam",
  case when u.deactivated_at is not null then '[]'::json
       when u.kind = 'person' then coalesce((
         select json_agg(json_build_object('organizationId', o.id, 'organization', o.name, 'role', m.role, 'teams', (
                           select coalesce(json_agg(t.team_id), '[]') from team_members t
                            where t.organization_id = m.organization_id and t.user_id = m.user_id))
                         order by o.id is distinct from u.default_organization_id, m.created_at, o.name)
           from members m join organizations o on o.id = m.organization_id
          where m.user_id = u.id), '[]')
       else (
         select json_build_array(json_build_object(
                  'organizationId', o.id, 'organization', o.name, 'role', u.token_role,
                  'teams', case when u.team_id is null then '[]'::json else json_build_array(u.team_id) end))
           from organizations o where o.id = u.organization_id)
  end as memberships`

export interface AccessTokenRow extends UserRow {
  readonly tokenId: string
  readonly expiresAt: Date | null
  /** The only organization in which a person's token counts, and the issuer that it was got from. */
  readonly onlyInOrganizationId: string | null
  readonly issuer: string | null
}

/** Of one that counts: of the tables `access_tokens t` and `users u`. */
export const ACCESS_TOKEN_COLUMNS = /* sql */ `
  t.id as "tokenId", t.expires_at as "expiresAt",
  case when t.kind = 'personal' then t.organization_id end as "onlyInOrganizationId",
  (select i.name from oidc_issuers i where i.id = t.issuer_id) as issuer, ${USER_COLUMNS}`
export const ACCESS_TOKEN_COUNTS = /* sql */ `
  t.revoked_at is null and (t.expires_at is null or t.expires_at > now()) and u.deactivated_at is null`

const FIND = {
  name: 'access-token-find',
  text: /* sql */ `
    select ${ACCESS_TOKEN_COLUMNS}
      from access_tokens t join users u on u.id = t.user_id
     where t.token_hash = $1 and ${ACCESS_TOKEN_COUNTS}`,
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
  /** As whom it acts. */
  readonly userId: string
  readonly tokenHash: Buffer
  readonly description: string
  readonly expiresAt: Date | null
  readonly kind?: 'personal' | 'organization' | 'team'
  readonly name?: string
  readonly organizationId?: string
  readonly teamId?: string | undefined
  readonly createdBy?: string
  readonly issuerId?: string
}

export async function insertAccessToken(tx: Queryable, token: NewAccessToken): Promise<void> {
  await tx.query(
    /* sql */ `
    insert into access_tokens (id, user_id, token_hash, description, expires_at, kind, name, organization_id, team_id,
                               created_by, issuer_id)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      token.id,
      token.userId,
      token.tokenHash,
      token.description,
      token.expiresAt,
      token.kind ?? 'personal',
      token.name ?? '',
      token.organizationId ?? null,
      token.teamId ?? null,
      token.createdBy ?? null,
      token.issuerId ?? null,
    ],
  )
}

/** @returns Whether the person had such a token that was not revoked before. */
export async function revokeAccessToken(tx: Queryable, userId: string, tokenId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update access_tokens set revoked_at = now()
      where id = $1 and user_id = $2 and kind = 'personal' and revoked_at is null`,
    [tokenId, userId],
  )
  return rowCount > 0
}

const REVOKE_OF_ORGANIZATION = /* sql */ `
  with revoked as (
    update access_tokens set revoked_at = now()
     where id = $1 and organization_id = $2 and kind <> 'personal' and team_id is not distinct from $3::uuid
       and revoked_at is null
    returning user_id, name
  ), done as (
    -- A user that was made for this token alone; one that stands for an issuer has others.
    update users u set deactivated_at = now() from revoked where u.id = revoked.user_id and u.issuer_id is null
  )
  select coalesce(nullif(name, ''), $1::text) as name from revoked`

/** The user that the token acts as loses its rights too, also in deployments that it asked for. @returns The token's name. */
export async function revokeTokenOf(
  tx: Queryable,
  owner: { readonly organizationId: string; readonly teamId: string | undefined },
  tokenId: string,
): Promise<string | undefined> {
  const values = [tokenId, owner.organizationId, owner.teamId ?? null]
  return (await tx.query<{ name: string }>(REVOKE_OF_ORGANIZATION, values)).rows[0]?.name
}

export async function revokeTokensOfTeam(tx: Queryable, teamId: string): Promise<void> {
  await tx.query('update access_tokens set revoked_at = now() where team_id = $1 and revoked_at is null', [
    teamId,
  ])
}
