/** Old logs, found in the order of their deployments. */
import type { Queryable } from '../db/database.ts'

/** Deployments that one statement looks at, and logs that it deletes at most. */
const LOOK_AT_ONCE = 1000
const LOGS_AT_ONCE = 100

/**
 * One piece of the walk through all deployments, or those of an organization, the oldest first. The log of a stack's
 * last deployment stays. The walk goes on behind `next`, which is the last that was dealt with.
 */
const PRUNE = (ofWhom: string) => /* sql */ `
  with seen as (
    select d.id, d.seq, d.created_at,
           d.log_deleted_at is null and d.ended_at < $2 and d.version is distinct from s.last_deployment_version
             as is_old
      from deployments d left join stacks s on s.id = d.stack_id
     where d.seq > $1 ${ofWhom} order by d.seq limit ${LOOK_AT_ONCE}
  ), sized as (
    select id, seq, (select coalesce(sum(t.byte_count), 0)::bigint
                       from deployment_steps t where t.deployment_id = seen.id) as bytes
      from seen where is_old order by seq limit ${LOGS_AT_ONCE}
  ), chosen as (
    select id, seq, bytes
      from (select *, sum(bytes) over (order by seq) - bytes as before from sized) summed where before < $3
  ), gone as (
    delete from log_chunks c using chosen where c.deployment_id = chosen.id
  ), emptied as (
    update deployment_steps t set byte_count = 0 from chosen where t.deployment_id = chosen.id
  ), marked as (
    update deployments d set log_deleted_at = now() from chosen where d.id = chosen.id
  )
  select (select count(*) from chosen) as deleted,
         (select coalesce(sum(bytes), 0)::bigint from chosen) as bytes,
         case when (select count(*) from chosen) < (select count(*) from seen where is_old)
              then (select max(seq) from chosen)
              when (select count(*) from seen) = ${LOOK_AT_ONCE} and (select max(created_at) from seen) < $2
              then (select max(seq) from seen) end as next`

const OF_ALL = { name: 'logs-prune', text: PRUNE('') }
const OF_ORGANIZATION = { name: 'logs-prune-of-organization', text: PRUNE('and d.organization_id = $4') }

export interface LogPiece {
  /** The number of the deployment behind which it begins. */
  readonly after: number
  readonly endedBefore: Date
  /** No further log after so many bytes. */
  readonly mostBytes: number
  /** Undefined: of all. */
  readonly organizationId?: string
}

export interface PrunedLogs {
  readonly deleted: number
  readonly bytes: number
  /** Null: nothing old is left. */
  readonly next: number | null
}

export async function deleteOldLogs(tx: Queryable, piece: LogPiece): Promise<PrunedLogs> {
  const { after, endedBefore, mostBytes, organizationId } = piece
  const values = [after, endedBefore, mostBytes]
  const { rows } =
    organizationId === undefined
      ? await tx.query<PrunedLogs>(OF_ALL, values)
      : await tx.query<PrunedLogs>(OF_ORGANIZATION, [...values, organizationId])
  const [row] = rows
  if (!row) throw new Error('A select without a table has no row.')
  return row
}

const TOO_LARGE = /* sql */ `
  select d.organization_id as "organizationId", (sum(t.byte_count) - $1)::bigint as excess
    from deployment_steps t join deployments d on d.id = t.deployment_id
   where t.byte_count > 0 group by 1 having sum(t.byte_count) > $1`

export interface Excess {
  readonly organizationId: string
  /** In bytes. */
  readonly excess: number
}

/** The organizations whose logs, as text, are larger together. */
export async function organizationsBeyond(tx: Queryable, mostBytes: number): Promise<readonly Excess[]> {
  return (await tx.query<Excess>(TOO_LARGE, [mostBytes])).rows
}
