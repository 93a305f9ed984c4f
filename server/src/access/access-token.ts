/** Making a person's access token: shown this once, kept as a hash, and noted. */
import type { AccessToken } from '@daypass/contract/access-tokens.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { insertAccessToken } from './access-token.sql.ts'
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

export async function makeAccessToken(
  { db, randomBytes, randomUuid }: AccessTokenServices,
  user: Pick<UserPrincipal, 'userId' | 'login'>,
  { description, expiresAt }: { readonly description: string; readonly expiresAt: Date | null },
): Promise<MadeAccessToken> {
  const tokenValue = makeToken('access', randomBytes)
  const id = randomUuid()
  const tokenHash = hashToken(tokenValue)
  await db.transaction(async (tx) => {
    const createdBy = user.userId
    await insertAccessToken(tx, { id, userId: user.userId, tokenHash, description, expiresAt, createdBy })
    const details = { description, expiresAt }
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

export interface ShownToken {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly expiresAt: Date | null
  readonly admin: boolean
  readonly createdBy: string | null
  readonly type: AccessToken['type']
}

export function tokenAnswer(token: ShownToken): AccessToken {
  return {
    id: token.id,
    name: token.name,
    description: token.description,
    created: token.createdAt.toISOString(),
    lastUsed: unixSeconds(token.lastUsedAt),
    expires: unixSeconds(token.expiresAt),
    admin: token.admin,
    createdBy: token.createdBy ?? '',
    type: token.type,
  }
}

function unixSeconds(time: Date | null): number {
  return time === null ? 0 : Math.floor(time.getTime() / 1000)
}
