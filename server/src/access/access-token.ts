/** Making access tokens: each is shown this once, kept as a hash, and noted. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { isUniqueViolation } from '../db/errors.ts'
import { insertAccessToken } from './access-token.sql.ts'
import { insertServiceUser } from './person.sql.ts'
import type { UserPrincipal } from './principal.ts'
import { hashToken, makeToken } from './token.ts'

export interface AccessTokenServices {
  readonly db: Database
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
}

export interface MadeAccessToken {
  readonly id: string
  readonly tokenValue: string
}

/** A person's. */
export async function makeAccessToken(
  { db, randomBytes, randomUuid }: AccessTokenServices,
  user: Pick<UserPrincipal, 'userId' | 'login'>,
  wanted: {
    readonly description: string
    readonly expiresAt: Date | null
    readonly reason?: string | undefined
  },
): Promise<MadeAccessToken> {
  const { description, expiresAt, reason } = wanted
  const tokenValue = makeToken('access', randomBytes)
  const id = randomUuid()
  const tokenHash = hashToken(tokenValue)
  await db.transaction(async (tx) => {
    await insertAccessToken(tx, { id, userId: user.userId, tokenHash, description, expiresAt })
    const details = { description, expiresAt, ...(reason && { reason }) }
    await recordAudit(tx, {
      organizationId: null,
      actor: `user:${user.login}`,
      action: 'token.created',
      target: id,
      details,
    })
  })
  return { id, tokenValue }
}

export interface ServiceToken {
  readonly organizationId: string
  readonly organization: string
  /** Absent: the organization's own. */
  readonly team: { readonly id: string; readonly name: string } | undefined
  readonly name: string
  readonly description: string
  readonly expiresAt: Date | null
  /** Of the organization, not only a member of it. */
  readonly admin: boolean
  readonly reason: string | undefined
}

/** An organization's or a team's, with the user that it acts as. */
export async function makeServiceToken(
  { db, randomBytes, randomUuid }: AccessTokenServices,
  by: { readonly userId: string; readonly actor: string },
  token: ServiceToken,
): Promise<MadeAccessToken | Refusal> {
  const { organizationId, organization, team, name, description, expiresAt, admin, reason } = token
  const tokenValue = makeToken('access', randomBytes)
  const id = randomUuid()
  const kind = team === undefined ? 'organization' : 'team'
  const make = async (tx: Queryable): Promise<MadeAccessToken> => {
    const userId = randomUuid()
    await insertServiceUser(tx, {
      id: userId,
      kind,
      login: `token:${[organization, ...(team ? [team.name] : []), name].join('/')}`,
      name,
      organizationId,
      teamId: team?.id,
      role: team ? 'none' : admin ? 'admin' : 'member',
    })
    await insertAccessToken(tx, {
      id,
      userId,
      tokenHash: hashToken(tokenValue),
      kind,
      name,
      description,
      expiresAt,
      organizationId,
      teamId: team?.id,
      createdBy: by.userId,
    })
    await recordAudit(tx, {
      organizationId,
      actor: by.actor,
      action: `${kind}_token.created`,
      target: name,
      details: {
        id,
        description,
        expiresAt,
        ...(team ? { team: team.name } : { admin }),
        ...(reason && { reason }),
      },
    })
    return { id, tokenValue }
  }
  return db.transaction(make).catch((error: unknown) => {
    // One that was deleted keeps its name, as it keeps its place in old records.
    if (isUniqueViolation(error, 'one_token_per_name') || isUniqueViolation(error, 'users_login_key'))
      return nameTaken(name)
    throw error
  })
}

function nameTaken(name: string): Refusal {
  return {
    status: 409,
    reason: 'token_exists',
    message: `Conflict: this organization has, or had, a token called "${name}": choose another name.`,
  }
}
