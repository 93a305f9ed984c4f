/**
 * Where branches stand, as far as events have said it. Events come late and in another order than they happened: what has
 * been overtaken must not be deployed after what overtook it.
 */
import type { Queryable } from '../db/database.ts'

export interface RefKey {
  readonly hostId: string
  readonly repository: string
  /** `refs/heads/main`. */
  readonly ref: string
}

export interface KnownRef {
  readonly head: string | null
  readonly moves: number
  readonly former: readonly string[]
}

const HOLD = {
  name: 'git-ref-hold',
  text: /* sql */ `
    select head, moves, former from git_refs where git_host_id = $1 and repository = lower($2) and ref = $3
       for no key update`,
}

/** Held for the rest of the transaction. Undefined: nothing was heard of it. */
export async function holdRef(
  tx: Queryable,
  { hostId, repository, ref }: RefKey,
): Promise<KnownRef | undefined> {
  return (await tx.query<KnownRef>(HOLD, [hostId, repository, ref])).rows[0]
}

const ADD = {
  name: 'git-ref-add',
  text: /* sql */ `
    insert into git_refs (git_host_id, repository, ref, head, former) values ($1, lower($2), $3, $4, $5)
    on conflict do nothing`,
}

export interface RefMove {
  readonly head: string | null
  /** Where it was before, as far as anybody says. */
  readonly from: readonly string[]
}

/**
 * Of several at the same time one adds it; the others wait for its transaction.
 * @returns False when it is known by now.
 */
export async function addRef(
  tx: Queryable,
  { hostId, repository, ref }: RefKey,
  { head, from }: RefMove,
): Promise<boolean> {
  return (await tx.query(ADD, [hostId, repository, ref, head, from])).rowCount === 1
}

const MOST_FORMER = 100

/** A head that comes back is former no more; the oldest are dropped. */
const MOVE = {
  name: 'git-ref-move',
  text: /* sql */ `
    update git_refs
       set head = $4, moves = moves + 1, seen_at = clock_timestamp(),
           former = array_remove((former || $5::text[])
                                   [greatest(1, cardinality(former || $5::text[]) - ${MOST_FORMER - 1}):], $4)
     where git_host_id = $1 and repository = lower($2) and ref = $3
    returning moves`,
}

/** @returns How often it has moved, with this time. */
export async function moveRef(
  tx: Queryable,
  { hostId, repository, ref }: RefKey,
  { head, from }: RefMove,
): Promise<number> {
  const { rows } = await tx.query<{ moves: number }>(MOVE, [hostId, repository, ref, head, from])
  const [row] = rows
  if (!row) throw new Error('A branch that is held is there.')
  return row.moves
}

export interface WatchedRef extends RefKey {
  readonly organizationId: string
  readonly head: string
  readonly moves: number
}

const WATCHED = /* sql */ `
  select r.git_host_id as "hostId", h.organization_id as "organizationId", r.repository, r.ref, r.head, r.moves
    from git_refs r join git_hosts h on h.id = r.git_host_id
   where r.head is not null and h.api_url is not null
   order by r.git_host_id, r.repository, r.ref`

/** Branches that a host can be asked about. */
export async function watchedRefs(db: Queryable): Promise<WatchedRef[]> {
  return (await db.query<WatchedRef>(WATCHED)).rows
}
