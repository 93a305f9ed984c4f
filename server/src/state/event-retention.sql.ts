/** Old events, update by update: marked first, so that nobody reads a part, and then deleted some at a time. */
import type { Queryable } from '../db/database.ts'

const UPDATES_AT_ONCE = 100
const EVENTS_AT_ONCE = 5000

/**
 * Of a stack, the events of its last update, of its last preview, and of its last deployment stay. What was marked
 * before and has events left comes again.
 */
const MARK = {
  name: 'events-prune-mark',
  text: /* sql */ `
    with old as (
      select u.id, u.ended_at, u.event_bytes from updates u
       where u.event_bytes > 0 and u.ended_at < $1
         and ($2::uuid is null or (u.ended_at, u.id) > (select ended_at, id from updates where id = $2))
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
    select id, event_bytes as bytes from chosen order by ended_at, id`,
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
}

/** The oldest first. None: nothing old is left. */
export async function markOldEvents(
  tx: Queryable,
  { after, endedBefore, mostBytes }: EventPiece,
): Promise<readonly MarkedUpdate[]> {
  return (await tx.query<MarkedUpdate>(MARK, [endedBefore, after ?? null, mostBytes])).rows
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

const BYTES = /* sql */ `
  select coalesce(sum(event_bytes), 0)::bigint as bytes from updates where ended_at is not null and event_bytes > 0`

/** Of all updates that have ended. */
export async function allEventBytes(tx: Queryable): Promise<number> {
  return (await tx.query<{ bytes: number }>(BYTES)).rows[0]?.bytes ?? 0
}
