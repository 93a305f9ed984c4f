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
