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
  while (rewrapped < most) {
    const limit = Math.min(BATCH, most - rewrapped)
    const done = await db.transaction((tx) => rewrapBatch(tx, masterKey, limit))
    rewrapped += done
    if (done < limit) break
  }
  return rewrapped
}

async function rewrapBatch(tx: Queryable, masterKey: MasterKey, limit: number): Promise<number> {
  const former = await formerDataKeys(tx, masterKey.currentMark, limit)
  if (former.length > 0)
    await replaceDataKeys(
      tx,
      former.map((key) => rewrapped(masterKey, key)),
    )
  return former.length
}

function rewrapped(masterKey: MasterKey, { stack_id, version, wrapped_key }: WrappedDataKey): WrappedDataKey {
  const context = dataKeyContext(stack_id, version)
  const plain = masterKey.unwrap(wrapped_key, context)
  const wrapped = masterKey.wrap(plain, context)
  plain.fill(0)
  return { stack_id, version, wrapped_key: wrapped }
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
  const [newest] = await dataKeysOf(tx, stackId)
  const version = (newest?.version ?? 0) + 1
  const plain = randomBytes(DATA_KEY_BYTES)
  await addDataKey(tx, stackId, version, masterKey.wrap(plain, dataKeyContext(stackId, version)))
  plain.fill(0)
  return version
}

/** Unwraps every data key and keeps none. @throws {MasterKeyError} for one that does not open. */
export async function proveDataKeysOpen(tx: Queryable, masterKey: MasterKey): Promise<void> {
  let last: WrappedDataKey | undefined
  for (;;) {
    const page = await pageOfDataKeys(tx, last, PAGE)
    for (const { stack_id, version, wrapped_key } of page) {
      masterKey.unwrap(wrapped_key, dataKeyContext(stack_id, version)).fill(0)
    }
    last = page.at(-1)
    if (page.length < PAGE) return
  }
}
