/** Old events, update by update: marked first, so that nobody reads a part, and then deleted some at a time. */
import type { Queryable } from '../db/database.ts'

const UPDATES_AT_ONCE = 100
const EVENTS_AT_ONCE = 5000

/**
 * Of a stack, the events of its last update, of its last preview, and of its last deployment stay. What was marked
 * before and has events left comes again.
 */
const MARK = (ofWhom: string) => /* sql */ `
  with old as (
    select u.id, u.ended_at, u.event_bytes from updates u
     where u.event_bytes > 0 and u.ended_at < $1
       and ($2::uuid is null or (u.ended_at, u.id) > (select ended_at, id from updates where id = $2))
       ${ofWhom}
       and (u.stack_id is null
            or exists (select from updates newer
                        where newer.stack_id = u.stack_id and newer.created_at > u.created_at
                          and newer.dry_run = u.dry_run))
       and not exists (select from deployments d join stacks s on s.id = d.stack_id
                        where d.id = u.deployment_id and d.version = s.last_deployment_version)
     order by u.ended_at, u.id limit ${UPDATES_AT_ONCE}
  ), chosen as (
    select id, ended_at, event_bytes
      from (select *, sum(event_bytes) over (order by ended_at, id) - event_bytes as before from old) summed
     where before < $3
  ), marked as (
    update updates u set events_deleted_at = coalesce(u.events_deleted_at, now()) from chosen where u.id = chosen.id
  )
  select id, event_bytes as bytes from chosen order by ended_at, id`

const ORGANIZATION_OF = /* sql */ `
  coalesce((select organization_id from stacks where id = u.stack_id),
           (select organization_id from removed_stacks where id = u.removed_stack_id))`

const OF_ALL = { name: 'events-prune-mark', text: MARK('') }
const OF_ORGANIZATION = {
  name: 'events-prune-mark-of-organization',
  text: MARK(`and ${ORGANIZATION_OF} = $4`),
}

export interface MarkedUpdate {
  readonly id: string
  readonly bytes: number
}

export interface EventPiece {
  /** The update behind which it begins; undefined: the oldest. */
  readonly after: string | undefined
  readonly endedBefore: Date
  /** No further update after so many bytes. */
  readonly mostBytes: number
  /** Undefined: of all. */
  readonly organizationId: string | undefined
}

/** The oldest first. None: nothing old is left. */
export async function markOldEvents(
  tx: Queryable,
  { after, endedBefore, mostBytes, organizationId }: EventPiece,
): Promise<readonly MarkedUpdate[]> {
  const values = [endedBefore, after ?? null, mostBytes]
  if (organizationId === undefined) return (await tx.query<MarkedUpdate>(OF_ALL, values)).rows
  return (await tx.query<MarkedUpdate>(OF_ORGANIZATION, [...values, organizationId])).rows
}

/** Lengths are known without reading the bodies. One event at least. */
const DELETE = {
  name: 'events-prune-delete',
  text: /* sql */ `
    with page as (
      select update_id, sequence, octet_length(body) as bytes from update_events
       where update_id = any ($1::uuid[]) order by update_id, sequence limit ${EVENTS_AT_ONCE}
    ), chosen as (
      select update_id, sequence
        from (select *, sum(bytes) over (order by update_id, sequence) - bytes as before from page) summed
       where before < $2
    ), gone as (
      delete from update_events e using chosen c where e.update_id = c.update_id and e.sequence = c.sequence
    )
    select count(*) as count from chosen`,
}

/** @returns How many events. 0: none is left. */
export async function deleteEventsOf(
  tx: Queryable,
  updateIds: readonly string[],
  mostBytes: number,
): Promise<number> {
  return (await tx.query<{ count: number }>(DELETE, [updateIds, mostBytes])).rows[0]?.count ?? 0
}

/** They have none left, and are not looked at again. */
const SETTLE = {
  name: 'events-prune-settle',
  text: 'update updates set event_bytes = 0 where id = any ($1::uuid[])',
}

export async function settleEvents(tx: Queryable, updateIds: readonly string[]): Promise<void> {
  await tx.query(SETTLE, [updateIds])
}

const TOO_LARGE = /* sql */ `
  select organization_id as "organizationId", (sum(event_bytes) - $1)::bigint as excess
    from (select ${ORGANIZATION_OF} as organization_id, u.event_bytes from updates u
           where u.ended_at is not null and u.event_bytes > 0) sized
   group by 1 having sum(event_bytes) > $1`

export interface Excess {
  readonly organizationId: string
  /** In bytes. */
  readonly excess: number
}

/** The organizations whose events, of updates that have ended, are larger together. */
export async function organizationsBeyond(tx: Queryable, mostBytes: number): Promise<readonly Excess[]> {
  return (await tx.query<Excess>(TOO_LARGE, [mostBytes])).rows
}
