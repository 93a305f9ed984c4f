import type { Queryable } from '../db/database.ts'

/** Whose secrets a data key seals. */
export type KeyOwner = 'stack' | 'organization'
export const KEY_OWNERS: readonly KeyOwner[] = ['stack', 'organization']

const TABLES: Readonly<Record<KeyOwner, { readonly table: string; readonly id: string }>> = {
  stack: { table: 'stack_data_keys', id: 'stack_id' },
  organization: { table: 'organization_data_keys', id: 'organization_id' },
}

/** One statement for each table, with the names of both filled in. */
function forEachOwner<Made>(
  make: (table: string, id: string, owner: KeyOwner) => Made,
): Record<KeyOwner, Made> {
  const made = (owner: KeyOwner): Made => make(TABLES[owner].table, TABLES[owner].id, owner)
  return { stack: made('stack'), organization: made('organization') }
}

export interface DataKeyRow {
  readonly version: number
  readonly wrapped_key: Buffer
}

const ALL = forEachOwner((table, id, owner) => ({
  name: `data_keys_of_${owner}`,
  text: `select version, wrapped_key from ${table} where ${id} = $1 order by version desc`,
}))

/** Newest first. */
export async function dataKeysOf(tx: Queryable, owner: KeyOwner, ownerId: string): Promise<DataKeyRow[]> {
  return (await tx.query<DataKeyRow>(ALL[owner], [ownerId])).rows
}

const ADD = forEachOwner(
  (table, id) =>
    `insert into ${table} (${id}, version, wrapped_key) values ($1, $2, $3) on conflict do nothing`,
)

/** Does nothing when another request was first; the caller reads again. */
export async function addDataKey(
  tx: Queryable,
  owner: KeyOwner,
  ownerId: string,
  version: number,
  wrappedKey: Buffer,
): Promise<void> {
  await tx.query(ADD[owner], [ownerId, version, wrappedKey])
}

export interface WrappedDataKey {
  readonly owner_id: string
  readonly version: number
  readonly wrapped_key: Buffer
}

/** Held until the transaction ends, so that two rotations never do the same work. */
const FORMER = forEachOwner(
  (table, id) => /* sql */ `
  select ${id} as owner_id, version, wrapped_key from ${table}
   where substring(wrapped_key for $1) <> $2
   order by ${id}, version limit $3
     for no key update`,
)

/** Some of those that the current master key did not wrap. @param mark How everything begins that it wrapped. */
export async function formerDataKeys(
  tx: Queryable,
  owner: KeyOwner,
  mark: Buffer,
  limit: number,
): Promise<WrappedDataKey[]> {
  return (await tx.query<WrappedDataKey>(FORMER[owner], [mark.length, mark, limit])).rows
}

const REPLACE = forEachOwner(
  (table, id) => /* sql */ `
  update ${table} k set wrapped_key = n.wrapped_key
    from unnest($1::uuid[], $2::integer[], $3::bytea[]) as n (owner_id, version, wrapped_key)
   where k.${id} = n.owner_id and k.version = n.version`,
)

export async function replaceDataKeys(
  tx: Queryable,
  owner: KeyOwner,
  keys: readonly WrappedDataKey[],
): Promise<void> {
  await tx.query(REPLACE[owner], [
    keys.map(({ owner_id }) => owner_id),
    keys.map(({ version }) => version),
    keys.map(({ wrapped_key }) => wrapped_key),
  ])
}

const COUNT = /* sql */ `
  select count(*) as total, count(*) filter (where substring(wrapped_key for $1) <> $2) as former
    from (select wrapped_key from stack_data_keys union all select wrapped_key from organization_data_keys) k`

export interface WrappedCount {
  readonly total: number
  /** Still wrapped by a former master key. */
  readonly former: number
}

/** Of all owners. */
export async function countDataKeys(tx: Queryable, mark: Buffer): Promise<WrappedCount> {
  const { rows } = await tx.query<WrappedCount>(COUNT, [mark.length, mark])
  return rows[0] ?? { total: 0, former: 0 }
}

const PAGE = forEachOwner(
  (table, id) => /* sql */ `
  select ${id} as owner_id, version, wrapped_key from ${table}
   where ($1::uuid is null or (${id}, version) > ($1, $2::integer))
   order by ${id}, version limit $3`,
)

/** All of them, page by page. */
export async function pageOfDataKeys(
  tx: Queryable,
  owner: KeyOwner,
  after: WrappedDataKey | undefined,
  limit: number,
): Promise<WrappedDataKey[]> {
  const values = [after?.owner_id ?? null, after?.version ?? null, limit]
  return (await tx.query<WrappedDataKey>(PAGE[owner], values)).rows
}
