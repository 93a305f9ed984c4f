/** Old deliveries. What is still to be sent never goes. */
import type { Queryable } from '../db/database.ts'

const LOOK_AT_ONCE = 1000
const DELETE_AT_ONCE = 500

const BY_AGE = {
  name: 'deliveries-prune-by-age',
  text: /* sql */ `
    with seen as (
      select id, seq, created_at from webhook_deliveries where seq > $1 order by seq limit ${LOOK_AT_ONCE}
    ), gone as (
      delete from webhook_deliveries d using seen
       where d.id = seen.id and seen.created_at < $2 and d.due_at is null
      returning d.id
    )
    select (select count(*) from gone) as deleted,
           case when (select count(*) from seen) = ${LOOK_AT_ONCE} and (select max(created_at) from seen) < $2
                then (select max(seq) from seen) end as next`,
}

export interface PrunedDeliveries {
  readonly deleted: number
  /** Null: nothing old is left. */
  readonly next: number | null
}

/** One piece of the walk, behind the delivery with the number `after`. */
export async function deleteByAge(
  tx: Queryable,
  { after, createdBefore }: { readonly after: number; readonly createdBefore: Date },
): Promise<PrunedDeliveries> {
  const [row] = (await tx.query<PrunedDeliveries>(BY_AGE, [after, createdBefore])).rows
  if (!row) throw new Error('A select without a table has no row.')
  return row
}

const WEBHOOKS = {
  name: 'webhooks-page',
  text: 'select id from webhooks where $1::uuid is null or id > $1 order by id limit $2',
}

/** Ids, page by page. */
export async function pageOfWebhooks(
  tx: Queryable,
  after: string | undefined,
  limit: number,
): Promise<string[]> {
  return (await tx.query<{ id: string }>(WEBHOOKS, [after ?? null, limit])).rows.map(({ id }) => id)
}

const BY_COUNT = {
  name: 'deliveries-prune-by-count',
  text: /* sql */ `
    with old as (
      select d.id
        from unnest($1::uuid[]) as w (id) cross join lateral (
             select id from webhook_deliveries where webhook_id = w.id and due_at is null
              order by seq desc offset $2 limit ${DELETE_AT_ONCE}) d
       limit ${DELETE_AT_ONCE}
    ), gone as (
      delete from webhook_deliveries d using old where d.id = old.id returning d.id
    )
    select count(*) as deleted from gone`,
}

/** Some of those beyond the newest `most` of each of the webhooks. @returns How many. */
export async function deleteByCount(
  tx: Queryable,
  { webhookIds, most }: { readonly webhookIds: readonly string[]; readonly most: number },
): Promise<number> {
  return (await tx.query<{ deleted: number }>(BY_COUNT, [webhookIds, most])).rows[0]?.deleted ?? 0
}
