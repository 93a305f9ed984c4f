/**
 * Whether a push is the next move of its branch, one that is known, or one that was overtaken.
 *
 * The first that is heard of a branch is the next one, and so is a push that follows on what we know. Of any other the
 * host is asked where the branch stands now: a push that leads there is the next one, and when what we know stands there,
 * it was overtaken. Else, or when the host cannot be asked, it was overtaken if it begins or ends where the branch is known
 * to have been before.
 */
import type { Database } from '../db/database.ts'
import type { CommitId, Push } from '../git-events/git-event.ts'
import { addRef, holdRef, type KnownRef, moveRef, type RefKey } from './refs.sql.ts'

export type Placed =
  /** The move has this number. `known`: it was placed before. */
  { readonly kind: 'next' | 'known'; readonly moves: number } | { readonly kind: 'overtaken' }

/** Where the branch stands now by the word of the host. `unknown`: it cannot be asked. */
export type ActualHead = () => Promise<CommitId | undefined | 'unknown'>

type Move = Pick<Push, 'before' | 'after' | 'created'>

export async function placePush(
  db: Database,
  key: RefKey,
  push: Move,
  actualHead: ActualHead,
): Promise<Placed> {
  return (await place(db, key, push, undefined)) ?? (await place(db, key, push, { head: await actualHead() }))
}

async function place(
  db: Database,
  key: RefKey,
  push: Move,
  actual: { readonly head: CommitId | undefined | 'unknown' },
): Promise<Placed>
async function place(db: Database, key: RefKey, push: Move, actual: undefined): Promise<Placed | undefined>
async function place(
  db: Database,
  key: RefKey,
  push: Move,
  actual: { readonly head: CommitId | undefined | 'unknown' } | undefined,
): Promise<Placed | undefined> {
  return db.transaction(async (tx) => {
    const move = (known?: KnownRef) => ({
      head: push.after ?? null,
      from: [known?.head, push.before].filter((one) => one !== undefined && one !== null),
    })
    const before = await holdRef(tx, key)
    // Two that hear of it first at the same time must not both have made its first move.
    if (!before && (await addRef(tx, key, move()))) return { kind: 'next', moves: 1 }
    const known = before ?? (await holdRef(tx, key))
    if (!known) throw new Error('A branch that is known is not forgotten while its host is there.')
    const verdict = judge(known, push, actual)
    if (verdict === 'ask') return undefined
    if (verdict === 'overtaken') return { kind: 'overtaken' }
    if (verdict === 'known') return { kind: 'known', moves: known.moves }
    return { kind: 'next', moves: await moveRef(tx, key, move(known)) }
  })
}

/** Pure. */
export function judge(
  known: KnownRef,
  { before, after, created }: Move,
  actual: { readonly head: string | undefined | 'unknown' } | undefined,
): 'next' | 'known' | 'overtaken' | 'ask' {
  const head = known.head ?? undefined
  if (head === after) return 'known'
  const followsOn = before === head || (before === undefined && !created && after !== undefined)
  if (followsOn) return 'next'
  if (actual === undefined) return 'ask'
  if (actual.head === after) return 'next'
  const isEarlier = known.former.some((one) => one === after || one === before)
  return actual.head === head || isEarlier ? 'overtaken' : 'next'
}
