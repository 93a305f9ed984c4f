/**
 * Data keys get another wrapping, or a stack gets another data key.
 *
 * Nothing that was sealed is touched: under a new master key the data keys stay what they are, and a new data key
 * stands beside the old ones, which go on opening what they sealed. So both work while everybody goes on working.
 */
import type { Database, Queryable } from '../db/database.ts'
import {
  addDataKey,
  countDataKeys,
  dataKeysOf,
  formerDataKeys,
  KEY_OWNERS,
  type KeyOwner,
  pageOfDataKeys,
  replaceDataKeys,
  type WrappedCount,
  type WrappedDataKey,
} from './data-key.sql.ts'
import type { MasterKey } from './master-key.ts'
import { DATA_KEY_BYTES, dataKeyContext } from './stack-secrets.ts'

export type { WrappedCount }

/** Each batch is a transaction: a killed server loses one at most, and the next call goes on there. */
const BATCH = 100
const PAGE = 1_000

/**
 * Wraps up to `most` data keys anew that a former master key wrapped.
 *
 * @returns How many; fewer than `most` when none is left.
 * @throws {MasterKeyError} when a key opens with none of the source's master keys.
 */
export async function rewrapDataKeys(db: Database, masterKey: MasterKey, most: number): Promise<number> {
  let rewrapped = 0
  for (const owner of KEY_OWNERS) {
    while (rewrapped < most) {
      const limit = Math.min(BATCH, most - rewrapped)
      const done = await db.transaction((tx) => rewrapBatch(tx, masterKey, owner, limit))
      rewrapped += done
      if (done < limit) break
    }
  }
  return rewrapped
}

async function rewrapBatch(
  tx: Queryable,
  masterKey: MasterKey,
  owner: KeyOwner,
  limit: number,
): Promise<number> {
  const former = await formerDataKeys(tx, owner, masterKey.currentMark, limit)
  const anew = former.map((key) => rewrapped(masterKey, owner, key))
  if (anew.length > 0) await replaceDataKeys(tx, owner, anew)
  return former.length
}

function rewrapped(
  masterKey: MasterKey,
  owner: KeyOwner,
  { owner_id, version, wrapped_key }: WrappedDataKey,
): WrappedDataKey {
  const context = dataKeyContext(owner_id, version, owner)
  const plain = masterKey.unwrap(wrapped_key, context)
  const wrapped = masterKey.wrap(plain, context)
  plain.fill(0)
  return { owner_id, version, wrapped_key: wrapped }
}

export async function countWrappedDataKeys(tx: Queryable, masterKey: MasterKey): Promise<WrappedCount> {
  return countDataKeys(tx, masterKey.currentMark)
}

/**
 * Gives the stack a new data key, with which everything is sealed from now on. Call it in a transaction that holds
 * the stack.
 *
 * @returns The key's version.
 */
export async function addNewDataKey(
  tx: Queryable,
  stackId: string,
  services: { readonly masterKey: MasterKey; readonly randomBytes: (count: number) => Buffer },
): Promise<number> {
  const { masterKey, randomBytes } = services
  const [newest] = await dataKeysOf(tx, 'stack', stackId)
  const version = (newest?.version ?? 0) + 1
  const plain = randomBytes(DATA_KEY_BYTES)
  await addDataKey(tx, 'stack', stackId, version, masterKey.wrap(plain, dataKeyContext(stackId, version)))
  plain.fill(0)
  return version
}

/** Unwraps every data key and keeps none. @throws {MasterKeyError} for one that does not open. */
export async function proveDataKeysOpen(tx: Queryable, masterKey: MasterKey): Promise<void> {
  for (const owner of KEY_OWNERS) {
    let last: WrappedDataKey | undefined
    do {
      const page = await pageOfDataKeys(tx, owner, last, PAGE)
      for (const { owner_id, version, wrapped_key } of page) {
        masterKey.unwrap(wrapped_key, dataKeyContext(owner_id, version, owner)).fill(0)
      }
      last = page.length < PAGE ? undefined : page.at(-1)
    } while (last)
  }
}
