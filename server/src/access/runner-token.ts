import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { insertPoolToken, revokePoolToken } from './pool.sql.ts'
import { hashToken, makeToken } from './token.ts'

export interface EphemeralPoolToken {
  readonly token: string
  /** At the server's end. After a crash nobody knows the token any more: only its hash was kept. */
  readonly revoke: () => Promise<void>
}

/** A token for the runner that starts together with this server, and for no other server's on the same database. */
export async function makeEphemeralPoolToken(
  db: Database,
  poolId: string,
  random: { readonly randomBytes: (count: number) => Buffer; readonly randomUuid: () => string },
): Promise<EphemeralPoolToken> {
  const token = makeToken('pool', random.randomBytes)
  const id = random.randomUuid()
  await db.transaction(async (tx) => {
    await insertPoolToken(tx, { id, poolId, tokenHash: hashToken(token), ephemeral: true })
    await recordAudit(tx, {
      organizationId: null,
      actor: 'daypass',
      action: 'pool_token.created',
      target: id,
      details: { poolId, ephemeral: true },
    })
  })
  return { token, revoke: async () => void (await revokePoolToken(db, poolId, id)) }
}
