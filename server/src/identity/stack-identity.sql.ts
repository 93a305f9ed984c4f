/** A stack's identity settings, but for its audiences. */
import type { Queryable } from '../db/database.ts'
import { type IdentitySettings, NO_IDENTITY_SETTINGS } from './by-operation.ts'

const READ = {
  name: 'read-stack-identity',
  text: /* sql */ `
    select operations, named, read_only_previews as "readOnlyPreviews", subject_form as "subjectForm",
           session_tags as "sessionTags", renew
      from stack_identities where stack_id = $1`,
}
const WRITE = /* sql */ `
  insert into stack_identities (stack_id, operations, named, read_only_previews, subject_form, session_tags, renew)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (stack_id) do update
    set operations = excluded.operations, named = excluded.named, read_only_previews = excluded.read_only_previews,
        subject_form = excluded.subject_form, session_tags = excluded.session_tags, renew = excluded.renew`

const DELETE = /* sql */ `delete from stack_identities where stack_id = $1`

export async function readIdentity(tx: Queryable, stackId: string): Promise<IdentitySettings> {
  return (await tx.query<IdentitySettings>(READ, [stackId])).rows[0] ?? NO_IDENTITY_SETTINGS
}

export async function writeIdentity(
  tx: Queryable,
  stackId: string,
  { operations, named, readOnlyPreviews, renew, subjectForm, sessionTags }: IdentitySettings,
): Promise<void> {
  const actsAsSettings = Object.keys({ ...operations, ...named }).length === 0 && !readOnlyPreviews
  const blocks = [JSON.stringify(operations), JSON.stringify(named)]
  const saysAsDefault = subjectForm === 'pulumi' && sessionTags.length === 0 && renew
  if (actsAsSettings && saysAsDefault) await tx.query(DELETE, [stackId])
  else await tx.query(WRITE, [stackId, ...blocks, readOnlyPreviews, subjectForm, sessionTags, renew])
}

const BIND_COMPACT = /* sql */ `
  update stacks set compact_subject_of = $2
   where id = $1 and coalesce(compact_subject_of, $2) = $2`

/** False where clouds of another organization may trust the stack's id: it was theirs before. */
export async function bindCompactSubject(
  tx: Queryable,
  stackId: string,
  organizationId: string,
): Promise<boolean> {
  return (await tx.query(BIND_COMPACT, [stackId, organizationId])).rowCount > 0
}
