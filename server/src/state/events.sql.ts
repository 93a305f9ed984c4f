import type { Queryable } from '../db/database.ts'

export interface NewEvent {
  readonly sequence: number
  /** JSON text. */
  readonly body: string
  /** The member that says what it is, `resourcePreEvent`; empty for one that we do not know. */
  readonly type: string
  /** Of the resource that it is about. */
  readonly urn: string | undefined
  /** What was done, or would be, with that resource: known when its outputs are. */
  readonly op: string | undefined
}

/** About what a row costs beside its texts: a million empty events fill a disk too. */
const ROW_BYTES = 100

const INSERT = {
  name: 'events-insert',
  text: /* sql */ `
    with stored as (
      insert into update_events (update_id, sequence, body, type, urn, op)
      select $1, * from unnest($2::integer[], $3::text[], $4::text[], $5::text[], $6::text[])
      on conflict (update_id, sequence) do nothing
      returning octet_length(body) + coalesce(octet_length(urn), 0) + ${ROW_BYTES} as bytes
    )
    update updates set event_bytes = event_bytes + (select sum(bytes) from stored)
     where id = $1 and exists (select from stored)`,
}

export async function insertEvents(
  tx: Queryable,
  updateId: string,
  events: readonly NewEvent[],
): Promise<void> {
  await tx.query(INSERT, [
    updateId,
    events.map(({ sequence }) => sequence),
    events.map(({ body }) => body),
    events.map(({ type }) => type),
    events.map(({ urn }) => urn ?? null),
    events.map(({ op }) => op ?? null),
  ])
}

const BYTES = {
  name: 'events-bytes',
  text: /* sql */ `
    select u.events_full as full,
           case when u.deployment_id is null then u.event_bytes
                else (select sum(o.event_bytes)::bigint from updates o where o.deployment_id = u.deployment_id)
            end as stored
      from updates u where u.id = $1`,
}

export interface EventBytes {
  /** By the update, or by all updates of its deployment. */
  readonly stored: number
  /** Nothing more is kept. */
  readonly full: boolean
}

export async function bytesOfEvents(tx: Queryable, updateId: string): Promise<EventBytes> {
  return (await tx.query<EventBytes>(BYTES, [updateId])).rows[0] ?? { stored: 0, full: false }
}

const FILL = {
  name: 'events-fill',
  text: /* sql */ `
    with notice as (
      insert into update_events (update_id, sequence, body, type, urn)
      select $1, given.sequence, given.body, given.type, null
        from unnest($2::integer[], $3::text[], $4::text[]) as given (sequence, body, type)
       where not exists (select from update_events e where e.update_id = $1 and e.sequence = given.sequence)
       order by given.sequence limit 1
      returning sequence
    )
    update updates set events_full = true, event_bytes = event_bytes + ${ROW_BYTES}
     where id = $1 and exists (select from notice)`,
}

/**
 * Closes the events with the first notice whose place is free, which is counted, so that retention finds it too. A batch that
 * was stored before closes nothing.
 */
export async function fillEvents(
  tx: Queryable,
  updateId: string,
  notices: readonly NewEvent[],
): Promise<void> {
  await tx.query(FILL, [
    updateId,
    notices.map(({ sequence }) => sequence),
    notices.map(({ body }) => body),
    notices.map(({ type }) => type),
  ])
}

export async function saveResourceChanges(
  tx: Queryable,
  updateId: string,
  changes: Readonly<Record<string, number>>,
): Promise<void> {
  await tx.query('update updates set resource_changes = $2 where id = $1', [
    updateId,
    JSON.stringify(changes),
  ])
}

export interface EventRow {
  readonly sequence: number
  /** JSON text; null for one that was not asked for. */
  readonly body: string | null
  readonly type: string
  /** It has been here for so long that a number still missing before it will not come. */
  readonly settled: boolean
}

export interface EventQuery {
  readonly updateId: string
  readonly from: number
  readonly limit: number
  /** No further row after so many bytes of those that were asked for. */
  readonly bytes: number
  readonly gapSeconds: number
  /** Undefined: all. */
  readonly types: readonly string[] | undefined
  readonly urn: string | undefined
}

/** Lengths are known without reading the bodies. */
const SELECT = {
  name: 'events-select',
  text: /* sql */ `
    with page as (
      select sequence, type, received_at, body,
             ($5::text[] is null or type = any($5)) and ($6::text is null or urn = $6) as wanted
        from update_events where update_id = $1 and sequence >= $2 order by sequence limit $3
    ), measured as (
      select *, count(*) over () as page_rows,
             sum(octet_length(body)) filter (where wanted)
               over (order by sequence rows between unbounded preceding and 1 preceding) as bytes_before
        from page
    )
    select sequence, type, received_at < clock_timestamp() - make_interval(secs => $4) as settled,
           case when wanted then body end as body, page_rows as "pageRows"
      from measured where coalesce(bytes_before, 0) < $7 order by sequence`,
}

export interface EventRows {
  readonly rows: readonly EventRow[]
  /** There may be more. */
  readonly isCut: boolean
}

export async function selectEvents(tx: Queryable, query: EventQuery): Promise<EventRows> {
  const { updateId, from, limit, bytes, gapSeconds, types, urn } = query
  const values = [updateId, from, limit, gapSeconds, types ?? null, urn ?? null, bytes]
  const { rows } = await tx.query<EventRow & { pageRows: number }>(SELECT, values)
  return { rows, isCut: rows.length === limit || rows.length < (rows[0]?.pageRows ?? 0) }
}
