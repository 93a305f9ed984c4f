import type { StackPlace } from '../access/permission.ts'
import { STACK_PLACE_COLUMNS } from '../access/stack-place.ts'
import type { Queryable } from '../db/database.ts'

export interface StackRow extends StackPlace {
  readonly organization: string
  readonly project: string
  readonly name: string
  readonly tags: Record<string, string>
  readonly version: number
  readonly createdAt: Date
  readonly activeUpdateId: string | null
  readonly kind: string | null
  readonly running: boolean | null
  readonly author: string | null
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

/** The columns of a {@link StackRow}; needs the joins of {@link STACK_TABLES}. */
export const STACK_COLUMNS = /* sql */ `
  s.id, s.organization_id as "organizationId", o.name as organization, s.project, s.name, s.tags, s.version,
  s.created_at as "createdAt", a.id as "activeUpdateId", a.kind, a.status = 'running' as running, r.login as author,
  a.started_at as "startedAt", a.ended_at as "endedAt", ${STACK_PLACE_COLUMNS}`

export const STACK_TABLES = /* sql */ `
  stacks s
  join organizations o on o.id = s.organization_id
  left join updates a on a.id = s.active_update_id
  left join users r on r.id = a.requested_by`

const FIND = {
  name: 'stack-find',
  text: /* sql */ `
    select ${STACK_COLUMNS} from ${STACK_TABLES}
     where o.name = $1 and s.project = $2 and s.name = $3`,
}

export async function findStackRow(
  tx: Queryable,
  names: { readonly organization: string; readonly project: string; readonly stack: string },
): Promise<StackRow | undefined> {
  const { rows } = await tx.query<StackRow>(FIND, [names.organization, names.project, names.stack])
  return rows[0]
}

export interface NewStack {
  readonly id: string
  readonly organizationId: string
  readonly project: string
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  /** A user's id. */
  readonly createdBy: string
}

const INSERT = /* sql */ `
  insert into stacks (id, organization_id, project, name, tags, created_by) values ($1, $2, $3, $4, $5, $6)
  on conflict (organization_id, project, name) do nothing`

/** @returns False when the name is taken. */
export async function insertStack(tx: Queryable, stack: NewStack): Promise<boolean> {
  const { id, organizationId, project, name, tags, createdBy } = stack
  const values = [id, organizationId, project, name, JSON.stringify(tags), createdBy]
  return (await tx.query(INSERT, values)).rowCount === 1
}

export async function lockStackRow(tx: Queryable, stackId: string): Promise<{ version: number } | undefined> {
  const { rows } = await tx.query<{ version: number }>(
    { name: 'stack-lock', text: 'select version from stacks where id = $1 for no key update' },
    [stackId],
  )
  return rows[0]
}

const IDS = /* sql */ `
  select id from stacks where $1::uuid is null or id > $1 order by id limit $2`

export async function selectStackIds(
  tx: Queryable,
  after: string | undefined,
  limit: number,
): Promise<string[]> {
  return (await tx.query<{ id: string }>(IDS, [after ?? null, limit])).rows.map(({ id }) => id)
}

export async function setTags(
  tx: Queryable,
  stackId: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  await tx.query('update stacks set tags = $2 where id = $1', [stackId, JSON.stringify(tags)])
}

export async function setTag(tx: Queryable, stackId: string, name: string, value: string): Promise<void> {
  await tx.query('update stacks set tags = tags || jsonb_build_object($2::text, $3::text) where id = $1', [
    stackId,
    name,
    value,
  ])
}

export async function removeTag(tx: Queryable, stackId: string, name: string): Promise<void> {
  await tx.query('update stacks set tags = tags - $2::text where id = $1', [stackId, name])
}
