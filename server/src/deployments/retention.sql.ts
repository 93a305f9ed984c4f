/** Old deployments: by age in the order of their numbers, by count stack by stack. */
import type { Queryable } from '../db/database.ts'

const LOOK_AT_ONCE = 1000
const DELETE_AT_ONCE = 100
/** Of logs that go with them; one deployment may have up to this. */
const LOG_BYTES_AT_ONCE = 64 * 1024 * 1024

/**
 * Of each stack the last deployment of every operation and outcome stays, and so the last of all: what a stack's list,
 * its drift and its remediation are read from. One that has not ended has no `ended_at`.
 */
const IS_PAST = /* sql */ `
  d.stack_id is not null and d.ended_at is not null
  and exists (select from deployments newer
               where newer.stack_id = d.stack_id and newer.version > d.version
                 and newer.operation = d.operation and newer.status = d.status)`

/** `sized` has id, seq. Their updates stay in the history, but a drift run goes with its deployment. */
const DELETE_SIZED = /* sql */ `
  chosen as (
    select id, seq
      from (select id, seq, sum(bytes) over (order by seq) - bytes as before
              from (select id, seq, (select coalesce(sum(t.byte_count), 0)
                                       from deployment_steps t where t.deployment_id = sized.id) as bytes
                      from sized) measured) summed
     where before < ${LOG_BYTES_AT_ONCE}
  ), kept as (
    update updates u set deployment_id = null, detects_drift = false from chosen where u.deployment_id = chosen.id
  ), gone as (
    delete from deployments d using chosen where d.id = chosen.id
  )`

const BY_AGE = {
  name: 'deployments-prune-by-age',
  text: /* sql */ `
    with seen as (
      select d.id, d.seq, d.created_at, d.ended_at < $2 and ${IS_PAST} as is_old
        from deployments d where d.seq > $1 order by d.seq limit ${LOOK_AT_ONCE}
    ), sized as (
      select id, seq from seen where is_old order by seq limit ${DELETE_AT_ONCE}
    ), ${DELETE_SIZED}
    select (select count(*) from chosen) as deleted,
           case when (select count(*) from chosen) < (select count(*) from seen where is_old)
                then (select max(seq) from chosen)
                when (select count(*) from seen) = ${LOOK_AT_ONCE} and (select max(created_at) from seen) < $2
                then (select max(seq) from seen) end as next`,
}

export interface PrunedDeployments {
  readonly deleted: number
  /** Null: nothing old is left. */
  readonly next: number | null
}

/** One piece of the walk, behind the deployment with the number `after`. */
export async function deleteByAge(
  tx: Queryable,
  { after, endedBefore }: { readonly after: number; readonly endedBefore: Date },
): Promise<PrunedDeployments> {
  const [row] = (await tx.query<PrunedDeployments>(BY_AGE, [after, endedBefore])).rows
  if (!row) throw new Error('A select without a table has no row.')
  return row
}

/** Numbers have gaps where something went before, so a stack never keeps more than `$2`, but for what stays anyway. */
const BY_COUNT = {
  name: 'deployments-prune-by-count',
  text: /* sql */ `
    with sized as (
      select past.id, past.seq
        from stacks s cross join lateral (
             select d.id, d.seq from deployments d
              where d.stack_id = s.id and d.version <= s.last_deployment_version - $2 and ${IS_PAST}
              order by d.version limit ${DELETE_AT_ONCE}) past
       where s.id = any ($1::uuid[]) limit ${DELETE_AT_ONCE}
    ), ${DELETE_SIZED}
    select count(*) as deleted from chosen`,
}

/** Some of those beyond the newest `most` of each of the stacks. @returns How many. */
export async function deleteByCount(
  tx: Queryable,
  { stackIds, most }: { readonly stackIds: readonly string[]; readonly most: number },
): Promise<number> {
  return (await tx.query<{ deleted: number }>(BY_COUNT, [stackIds, most])).rows[0]?.deleted ?? 0
}

/** With its deployments, their logs, and the updates with their events; no other table knows it. */
const REMOVED_STACK = {
  name: 'removed-stack-prune',
  text: /* sql */ `
    delete from removed_stacks
     where id = (select id from removed_stacks where removed_at < $1 order by removed_at limit 1)`,
}

/** What stayed of one stack that removed itself. @returns Whether there was one. */
export async function deleteRemovedStack(tx: Queryable, removedBefore: Date): Promise<boolean> {
  return (await tx.query(REMOVED_STACK, [removedBefore])).rowCount === 1
}
