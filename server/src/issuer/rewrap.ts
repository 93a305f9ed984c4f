/** The signing keys under another master key: the same keys and the same ids, so that no relying party notices. */
import type { Database, Queryable } from '../db/database.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { listSigningKeys, lockSigningKeys, resealSigningKey } from './keys.sql.ts'
import { sealContext } from './keys.ts'

/**
 * Wraps every signing key anew that a former master key wrapped.
 *
 * @returns How many.
 * @throws {MasterKeyError} when a key opens with none of the source's master keys.
 */
export async function rewrapSigningKeys(db: Database, masterKey: MasterKey): Promise<number> {
  return db.transaction(async (tx) => {
    await lockSigningKeys(tx)
    const former = (await keptKeys(tx)).filter((key) => !masterKey.isCurrent(key.sealedPrivateKey))
    for (const { kid, sealedPrivateKey } of former) {
      const plain = masterKey.unwrap(sealedPrivateKey, sealContext(kid))
      await resealSigningKey(tx, kid, masterKey.wrap(plain, sealContext(kid)))
      plain.fill(0)
    }
    return former.length
  })
}

export async function countWrappedSigningKeys(
  tx: Queryable,
  masterKey: MasterKey,
): Promise<{ readonly total: number; readonly former: number }> {
  const keys = await keptKeys(tx)
  const former = keys.filter((key) => !masterKey.isCurrent(key.sealedPrivateKey))
  return { total: keys.length, former: former.length }
}

/** Unwraps every signing key and keeps none. @throws {MasterKeyError} for one that does not open. */
export async function proveSigningKeysOpen(tx: Queryable, masterKey: MasterKey): Promise<void> {
  for (const { kid, sealedPrivateKey } of await keptKeys(tx)) {
    masterKey.unwrap(sealedPrivateKey, sealContext(kid)).fill(0)
  }
}

/** Those that were not destroyed. What is kept of a key in a token is wrapped as a key is. */
async function keptKeys(tx: Queryable): Promise<{ kid: string; sealedPrivateKey: Buffer }[]> {
  return (await listSigningKeys(tx)).rows.flatMap(({ kid, sealedPrivateKey }) =>
    sealedPrivateKey === null ? [] : [{ kid, sealedPrivateKey }],
  )
}
