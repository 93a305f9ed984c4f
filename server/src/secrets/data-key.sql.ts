import type { Queryable } from '../db/database.ts'

export interface DataKeyRow {
  readonly version: number
  readonly wrapped_key: Buffer
}

const ALL_OF_STACK = {
  name: 'data_keys_of_stack',
  text: 'select version, wrapped_key from stack_data_keys where stack_id = $1 order by version desc',
}

/** Newest first. */
export async function dataKeysOf(tx: Queryable, stackId: string): Promise<DataKeyRow[]> {
  return (await tx.query<DataKeyRow>(ALL_OF_STACK, [stackId])).rows
}

const ADD =
  'insert into stack_data_keys (stack_id, version, wrapped_key) values ($1, $2, $3) on conflict do nothing'

/** Does nothing when another request was first; the caller reads again. */
export async function addDataKey(
  tx: Queryable,
  stackId: string,
  version: number,
  wrappedKey: Buffer,
): Promise<void> {
  await tx.query(ADD, [stackId, version, wrappedKey])
}

export interface WrappedDataKey {
  readonly stack_id: string
  readonly version: number
  readonly wrapped_key: Buffer
}

/** Held until the transaction ends, so that two rotations never do the same work. */
const FORMER = /* sql */ `
  select stack_id, version, wrapped_key from stack_data_keys
   where substring(wrapped_key for $1) <> $2
   order by stack_id, version limit $3
     for no key update`

/** Some of those that the current master key did not wrap. @param mark How everything begins that it wrapped. */
export async function formerDataKeys(tx: Queryable, mark: Buffer, limit: number): Promise<WrappedDataKey[]> {
  return (await tx.query<WrappedDataKey>(FORMER, [mark.length, mark, limit])).rows
}

const REPLACE = /* sql */ `
  update stack_data_keys k set wrapped_key = n.wrapped_key
    from unnest($1::uuid[], $2::integer[], $3::bytea[]) as n (stack_id, version, wrapped_key)
   where k.stack_id = n.stack_id and k.version = n.version`

export async function replaceDataKeys(tx: Queryable, keys: readonly WrappedDataKey[]): Promise<void> {
  await tx.query(REPLACE, [
    keys.map(({ stack_id }) => stack_id),
    keys.map(({ version }) => version),
    keys.map(({ wrapped_key }) => wrapped_key),
  ])
}

const COUNT = /* sql */ `
  select count(*) as total, count(*) filter (where substring(wrapped_key for $1) <> $2) as former
    from stack_data_keys`

export interface WrappedCount {
  readonly total: number
  /** Still wrapped by a former master key. */
  readonly former: number
}

export async function countDataKeys(tx: Queryable, mark: Buffer): Promise<WrappedCount> {
  const { rows } = await tx.query<WrappedCount>(COUNT, [mark.length, mark])
  return rows[0] ?? { total: 0, former: 0 }
}

const PAGE = /* sql */ `
  select stack_id, version, wrapped_key from stack_data_keys
   where ($1::uuid is null or (stack_id, version) > ($1, $2::integer))
   order by stack_id, version limit $3`

/** All of them, page by page. */
export async function pageOfDataKeys(
  tx: Queryable,
  after: WrappedDataKey | undefined,
  limit: number,
): Promise<WrappedDataKey[]> {
  return (await tx.query<WrappedDataKey>(PAGE, [after?.stack_id ?? null, after?.version ?? null, limit])).rows
}
