/** Making a person's access token: shown this once, kept as a hash, and noted. */
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
    await insertAccessToken(tx, { id, userId: user.userId, tokenHash, description, expiresAt })
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
