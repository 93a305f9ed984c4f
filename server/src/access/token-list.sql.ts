/** Tokens as lists show them, in pages. */
import type { Queryable } from '../db/database.ts'

export interface ListedAccessToken {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly kind: 'personal' | 'organization' | 'team'
  readonly admin: boolean
  readonly createdBy: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly expiresAt: Date | null
}

/** Whose tokens. */
export type TokenOwner =
  | { readonly userId: string }
  | { readonly organizationId: string; readonly teamId: string | undefined }

export interface TokenPage {
  readonly sort: keyof typeof SORTS
  readonly ascending: boolean
  /** Somewhere in the name or the description. */
  readonly search: string | undefined
  readonly offset: number
  readonly limit: number
}

/** Tokens that were never used, or never expire, stand where "never" belongs: before and after all times. */
export const SORTS = {
  name: `lower(t.name || ' ' || t.description)`,
  created: 't.created_at',
  lastUsed: `coalesce(t.last_used_at, '-infinity')`,
  expires: `coalesce(t.expires_at, 'infinity')`,
} as const

const COLUMNS = /* sql */ `
  t.id, t.name, t.description, t.kind, coalesce(u.token_role = 'admin', false) as admin, coalesce(c.login, u.login) as "createdBy",
  t.created_at as "createdAt", t.last_used_at as "lastUsedAt", t.expires_at as "expiresAt"`

/** Those that expired are still there, until somebody revokes them; what was given for another token goes by itself. */
export async function listAccessTokens(
  db: Queryable,
  owner: TokenOwner,
  page: TokenPage,
): Promise<ListedAccessToken[]> {
  const [whose, values] =
    'userId' in owner
      ? [`t.user_id = $1 and t.kind = 'personal' and $2::uuid is null`, [owner.userId, null]]
      : [
          `t.organization_id = $1 and t.team_id is not distinct from $2::uuid and t.kind <> 'personal'`,
          [owner.organizationId, owner.teamId ?? null],
        ]
  const direction = page.ascending ? 'asc' : 'desc'
  // Column and direction are words of ours; whatever a client sent is a parameter.
  const text = /* sql */ `
    select ${COLUMNS}
      from access_tokens t join users u on u.id = t.user_id left join users c on c.id = t.created_by
     where ${whose} and t.revoked_at is null and (t.issuer_id is null or t.expires_at > now())
       and ($3::text is null or strpos(lower(t.name || ' ' || t.description), lower($3)) > 0)
     order by ${SORTS[page.sort]} ${direction}, t.id ${direction}
     offset $4 limit $5`
  const { rows } = await db.query<ListedAccessToken>(text, [
    ...values,
    page.search ?? null,
    page.offset,
    page.limit,
  ])
  return rows
}
