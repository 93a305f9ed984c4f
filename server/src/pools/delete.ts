/**
 * Deletes a pool. What names it stands in the way; with `force` that is taken away: settings lose the pool, and what
 * waits goes to where deployments go that name none. What runs there ends as it would have.
 *
 * Locks: the stacks, in one order, then the pool, as a request for a deployment does.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { poolFor } from '../access/pool.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { forgetPool } from '../settings/forget-pool.ts'
import { holdStack } from '../stacks/stack.ts'
import { lockPool, markDeleted, moveQueue, stacksThatName, unfinishedIn } from './delete.sql.ts'

export interface PoolDeletion {
  readonly organizationId: string
  readonly poolId: string
  readonly poolName: string
  readonly force: boolean
  /** For the audit: `user:<login>`. */
  readonly actor: string
  readonly userId: string
}

export async function deletePool(db: Database, deletion: PoolDeletion): Promise<Refusal | undefined> {
  return db
    .transaction(async (tx) => {
      const { organizationId, poolId, poolName, force, actor } = deletion
      const held = new Set<string>()
      for (const { id } of force ? await stacksThatName(tx, poolId) : []) {
        await holdStack(tx, id)
        held.add(id)
      }
      const pool = await lockPool(tx, poolId)
      if (!pool) return noSuchPool
      // From here on nothing more can come to name it: settings are saved, and deployments queued, under a lock on it.
      const naming = await stacksThatName(tx, poolId)
      const unfinished = await unfinishedIn(tx, poolId)
      if (!force && (naming.length > 0 || unfinished > 0 || pool.isDefault)) {
        const stacks = naming.map(({ fullName }) => fullName)
        return inUse(poolName, stacks, unfinished, pool.isDefault)
      }
      // To lock a stack now would be against the order of locks.
      if (naming.some(({ id }) => !held.has(id))) return changedMeanwhile
      for (const stack of naming) await forgetPool(tx, stack, deletion)
      await markDeleted(tx, poolId)
      const refusal = unfinished === 0 ? undefined : await moveAway(tx, organizationId, poolId)
      if (refusal) throw new PoolNotDeleted(refusal)
      const details = { id: poolId, force }
      await recordAudit(tx, { organizationId, actor, action: 'pool.deleted', target: poolName, details })
      return undefined
    })
    .catch((error: unknown) => {
      if (error instanceof PoolNotDeleted) return error.refusal
      throw error
    })
}

/** Takes the transaction back. */
class PoolNotDeleted extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

async function moveAway(tx: Queryable, organizationId: string, poolId: string): Promise<Refusal | undefined> {
  const other = await poolFor(tx, organizationId, undefined)
  if (other === undefined) return nowhereToGo
  await moveQueue(tx, poolId, other)
  return undefined
}

function inUse(name: string, stacks: readonly string[], unfinished: number, isDefault: boolean): Refusal {
  const uses = [
    ...(isDefault ? ['it is the default of the organization'] : []),
    ...(stacks.length > 0 ? [`${stacks.length} stacks name it (${stacks.slice(0, 5).join(', ')})`] : []),
    ...(unfinished > 0 ? [`${unfinished} deployments wait or run in it`] : []),
  ]
  return {
    status: 400,
    reason: 'pool_in_use',
    message: `The pool "${name}" is in use: ${uses.join('; ')}. With ?force=true they fall back to the default pool.`,
  }
}

export const noSuchPool: Refusal = {
  status: 404,
  reason: 'pool_not_found',
  message: 'Not Found: this organization has no pool with this id.',
}

const changedMeanwhile: Refusal = {
  status: 409,
  reason: 'pool_changed',
  message: 'A stack has come to name this pool at this moment; try again.',
}

const nowhereToGo: Refusal = {
  status: 409,
  reason: 'no_other_pool',
  message:
    'Deployments wait in this pool and there is no other for them: cancel them, or make another pool first.',
}
