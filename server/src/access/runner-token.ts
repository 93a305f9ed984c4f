import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { insertPoolToken, revokeEphemeralPoolTokens } from './pool.sql.ts'
import { hashToken, makeToken } from './token.ts'

/**
 * A token for the runner that starts together with this server. It is known to nobody else, so the tokens of earlier
 * such runners are revoked.
 */
export async function makeEphemeralPoolToken(
  db: Database,
  poolId: string,
  random: { readonly randomBytes: (count: number) => Buffer; readonly randomUuid: () => string },
): Promise<string> {
  const token = makeToken('pool', random.randomBytes)
  const id = random.randomUuid()
  await db.transaction(async (tx) => {
    await revokeEphemeralPoolTokens(tx, poolId)
    await insertPoolToken(tx, { id, poolId, tokenHash: hashToken(token), ephemeral: true })
    await recordAudit(tx, {
      organizationId: null,
      actor: 'daypass',
      action: 'pool_token.created',
      target: id,
      details: { poolId, ephemeral: true },
    })
  })
  return token
}
