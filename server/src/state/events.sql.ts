import type { Queryable } from '../db/database.ts'

export interface NewEvent {
  readonly sequence: number
  /** JSON text. */
  readonly body: string
}

const INSERT = {
  name: 'events-insert',
  text: /* sql */ `
    insert into update_events (update_id, sequence, body)
    select $1, * from unnest($2::integer[], $3::text[])
    on conflict (update_id, sequence) do nothing`,
}

export async function insertEvents(
  tx: Queryable,
  updateId: string,
  events: readonly NewEvent[],
): Promise<void> {
  await tx.query(INSERT, [updateId, events.map(({ sequence }) => sequence), events.map(({ body }) => body)])
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

export interface EventRow extends NewEvent {
  /** It has been here for so long that a number still missing before it will not come. */
  readonly settled: boolean
}

export interface EventQuery {
  readonly updateId: string
  readonly from: number
  readonly limit: number
  readonly gapSeconds: number
}

const SELECT = {
  name: 'events-select',
  text: /* sql */ `
    select sequence, body, received_at < clock_timestamp() - make_interval(secs => $4) as settled
      from update_events where update_id = $1 and sequence >= $2 order by sequence limit $3`,
}

export async function selectEvents(tx: Queryable, query: EventQuery): Promise<EventRow[]> {
  const { updateId, from, limit, gapSeconds } = query
  return (await tx.query<EventRow>(SELECT, [updateId, from, limit, gapSeconds])).rows
}
