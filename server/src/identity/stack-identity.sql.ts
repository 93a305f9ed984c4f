/** A stack's identity settings, but for its audiences. */
import type { Queryable } from '../db/database.ts'
import { type IdentitySettings, NO_IDENTITY_SETTINGS } from './by-operation.ts'

const READ = {
  name: 'read-stack-identity',
  text: /* sql */ `
    select operations, named, read_only_previews as "readOnlyPreviews" from stack_identities where stack_id = $1`,
}
const WRITE = /* sql */ `
  insert into stack_identities (stack_id, operations, named, read_only_previews) values ($1, $2, $3, $4)
  on conflict (stack_id) do update
    set operations = excluded.operations, named = excluded.named, read_only_previews = excluded.read_only_previews`

const DELETE = /* sql */ `delete from stack_identities where stack_id = $1`

export async function readIdentity(tx: Queryable, stackId: string): Promise<IdentitySettings> {
  return (await tx.query<IdentitySettings>(READ, [stackId])).rows[0] ?? NO_IDENTITY_SETTINGS
}

export async function writeIdentity(
  tx: Queryable,
  stackId: string,
  { operations, named, readOnlyPreviews }: IdentitySettings,
): Promise<void> {
  const isNone = Object.keys({ ...operations, ...named }).length === 0 && !readOnlyPreviews
  if (isNone) await tx.query(DELETE, [stackId])
  else await tx.query(WRITE, [stackId, JSON.stringify(operations), JSON.stringify(named), readOnlyPreviews])
}
