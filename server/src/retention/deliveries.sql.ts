/** Old deliveries, of webhooks that go out and of git hosts that send in. What is still to be done never goes. */
import type { Queryable } from '../db/database.ts'

/** Whose deliveries. */
export type DeliveryOwner = 'webhook' | 'git-host'

const LOOK_AT_ONCE = 1000
const DELETE_AT_ONCE = 500

const TABLES = {
  webhook: { owners: 'webhooks', deliveries: 'webhook_deliveries', ownerId: 'webhook_id', at: 'created_at' },
  'git-host': {
    owners: 'git_hosts',
    deliveries: 'git_deliveries',
    ownerId: 'git_host_id',
    at: 'received_at',
  },
} as const
type Tables = (typeof TABLES)[DeliveryOwner]

function forEachOwner<Made>(
  make: (tables: Tables, owner: DeliveryOwner) => Made,
): Record<DeliveryOwner, Made> {
  return { webhook: make(TABLES.webhook, 'webhook'), 'git-host': make(TABLES['git-host'], 'git-host') }
}

const BY_AGE = forEachOwner(({ deliveries, at }, owner) => ({
  name: `deliveries-prune-by-age-${owner}`,
  text: /* sql */ `
    with seen as (
      select id, seq, ${at} as at from ${deliveries} where seq > $1 order by seq limit ${LOOK_AT_ONCE}
    ), gone as (
      delete from ${deliveries} d using seen where d.id = seen.id and seen.at < $2 and d.due_at is null
      returning d.id
    )
    select (select count(*) from gone) as deleted,
           case when (select count(*) from seen) = ${LOOK_AT_ONCE} and (select max(at) from seen) < $2
                then (select max(seq) from seen) end as next`,
}))

export interface PrunedDeliveries {
  readonly deleted: number
  /** Null: nothing old is left. */
  readonly next: number | null
}

/** One piece of the walk, behind the delivery with the number `after`. */
export async function deleteByAge(
  tx: Queryable,
  owner: DeliveryOwner,
  { after, before }: { readonly after: number; readonly before: Date },
): Promise<PrunedDeliveries> {
  const [row] = (await tx.query<PrunedDeliveries>(BY_AGE[owner], [after, before])).rows
  if (!row) throw new Error('A select without a table has no row.')
  return row
}

const OWNERS = forEachOwner(({ owners }, owner) => ({
  name: `deliveries-owners-page-${owner}`,
  text: `select id from ${owners} where $1::uuid is null or id > $1 order by id limit $2`,
}))

/** Ids, page by page. */
export async function pageOfOwners(
  tx: Queryable,
  owner: DeliveryOwner,
  after: string | undefined,
  limit: number,
): Promise<string[]> {
  return (await tx.query<{ id: string }>(OWNERS[owner], [after ?? null, limit])).rows.map(({ id }) => id)
}

const BY_COUNT = forEachOwner(({ deliveries, ownerId }, owner) => ({
  name: `deliveries-prune-by-count-${owner}`,
  text: /* sql */ `
    with old as (
      select d.id
        from unnest($1::uuid[]) as w (id) cross join lateral (
             select id from ${deliveries} where ${ownerId} = w.id and due_at is null
              order by seq desc offset $2 limit ${DELETE_AT_ONCE}) d
       limit ${DELETE_AT_ONCE}
    ), gone as (
      delete from ${deliveries} d using old where d.id = old.id returning d.id
    )
    select count(*) as deleted from gone`,
}))

/** Some of those beyond the newest `most` of each of the owners. @returns How many. */
export async function deleteByCount(
  tx: Queryable,
  owner: DeliveryOwner,
  { ownerIds, most }: { readonly ownerIds: readonly string[]; readonly most: number },
): Promise<number> {
  return (await tx.query<{ deleted: number }>(BY_COUNT[owner], [ownerIds, most])).rows[0]?.deleted ?? 0
}
