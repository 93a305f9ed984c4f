import type { Queryable } from '../db/database.ts'

/** The oldest first, so that what is gone of a stack is always everything up to a version. */
const PRUNE = /* sql */ `
  with ranked as (
    select id, stack_id, version, created_at,
           row_number() over (partition by stack_id order by version desc) as place
      from states where stack_id = any ($1::uuid[])
  ), old as (
    select id from ranked
     where place > greatest($2::integer, 1) and created_at < now() - make_interval(days => $3::integer)
     order by stack_id, version limit $4
  ), gone as (
    delete from states s using old where s.id = old.id returning s.stack_id, s.version
  ), marked as (
    update stacks k
       set states_pruned_to = greatest(k.states_pruned_to, (
             select min(kept.version) from states kept where kept.stack_id = k.id and kept.version > g.newest) - 1)
      from (select stack_id, max(version) as newest from gone group by stack_id) g
     where k.id = g.stack_id
  )
  select count(*) as count from gone`

export interface Prune {
  readonly stackIds: readonly string[]
  readonly keepVersions: number
  readonly keepDays: number
  readonly limit: number
}

/** Deletes some of the states that neither rule keeps, and never a stack's newest. @returns How many. */
export async function deleteOldStates(
  tx: Queryable,
  { stackIds, keepVersions, keepDays, limit }: Prune,
): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(PRUNE, [stackIds, keepVersions, keepDays, limit])
  return rows[0]?.count ?? 0
}

const PRUNED_TO = /* sql */ `select states_pruned_to as version from stacks where id = $1`

/** The version up to which a stack's states may be gone; 0: none is. */
export async function selectPrunedTo(tx: Queryable, stackId: string): Promise<number> {
  return (await tx.query<{ version: number }>(PRUNED_TO, [stackId])).rows[0]?.version ?? 0
}
