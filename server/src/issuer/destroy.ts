/**
 * The private part of a key that signs no more goes: from its row, and out of the token that held it. Its id stays.
 *
 * What is still to be destroyed stands in the rows, so a holder that cannot be reached only puts it off.
 */
import type { Database } from '../db/database.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { forgetPrivateKey, listRetiredPrivateKeys } from './keys.sql.ts'
import { materialOf, type SealedKey } from './keys.ts'
import type { Signers } from './signer.ts'

export interface DestroyServices {
  readonly db: Database
  readonly masterKey: MasterKey
  readonly signers: Signers
}

/** @throws the first failure, when the others have been destroyed. */
export async function destroyRetiredKeys(services: DestroyServices): Promise<void> {
  const failures: unknown[] = []
  for (const key of await listRetiredPrivateKeys(services.db)) {
    // A server that was started without the token leaves that to those that have it.
    if (!services.signers.holding[key.heldBy].isHere) continue
    try {
      await destroyPrivateKey(services, key)
      await forgetPrivateKey(services.db, key.kid)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

export async function destroyPrivateKey(
  { masterKey, signers }: Pick<DestroyServices, 'masterKey' | 'signers'>,
  key: SealedKey,
): Promise<void> {
  const material = materialOf(key, masterKey)
  await signers.holding[key.heldBy].destroy(material)
  material.fill(0)
}
