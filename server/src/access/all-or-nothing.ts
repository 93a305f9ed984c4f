/** A transaction that a refusal takes back. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Database, Queryable } from '../db/database.ts'

class Undone extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/** @returns Undefined when everything was done, otherwise why nothing was. */
export async function allOrNothing(
  db: Database,
  work: (tx: Queryable) => Promise<Refusal | undefined>,
): Promise<Refusal | undefined> {
  try {
    await db.transaction(async (tx) => {
      const refusal = await work(tx)
      if (refusal) throw new Undone(refusal)
    })
    return undefined
  } catch (error) {
    if (error instanceof Undone) return error.refusal
    throw error
  }
}
