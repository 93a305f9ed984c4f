/** What single people were given of a stack, and who made it. */
import type { Queryable } from '../db/database.ts'
import type { StackPermission } from './permission.ts'

export interface Collaborator {
  readonly login: string
  readonly name: string
  readonly email: string
  readonly permission: StackPermission
}

export async function listCollaborators(db: Queryable, stackId: string): Promise<Collaborator[]> {
  const { rows } = await db.query<Collaborator>(
    /* sql */ `
    select u.login, u.name, u.email, c.permission
      from stack_collaborators c join users u on u.id = c.user_id where c.stack_id = $1 order by u.login`,
    [stackId],
  )
  return rows
}

/** Undefined: nobody administers it for having made it. */
export async function creatorOf(db: Queryable, stackId: string): Promise<string | undefined> {
  const text = 'select u.login from stacks s join users u on u.id = s.created_by where s.id = $1'
  return (await db.query<{ login: string }>(text, [stackId])).rows[0]?.login
}

export interface Collaboration {
  readonly organizationId: string
  readonly stackId: string
  readonly userId: string
}

/** What it was before, having made the stack included, counts no more. */
export async function setCollaborator(
  tx: Queryable,
  { organizationId, stackId, userId }: Collaboration,
  permission: StackPermission,
): Promise<void> {
  await forgetCreator(tx, stackId, userId)
  await tx.query(
    /* sql */ `
    insert into stack_collaborators (organization_id, stack_id, user_id, permission) values ($1, $2, $3, $4)
    on conflict (stack_id, user_id) do update set permission = excluded.permission`,
    [organizationId, stackId, userId, permission],
  )
}

/** @returns Whether there was anything to take away. */
export async function deleteCollaborator(tx: Queryable, stackId: string, userId: string): Promise<boolean> {
  const wasCreator = await forgetCreator(tx, stackId, userId)
  const text = 'delete from stack_collaborators where stack_id = $1 and user_id = $2'
  return (await tx.query(text, [stackId, userId])).rowCount > 0 || wasCreator
}

async function forgetCreator(tx: Queryable, stackId: string, userId: string): Promise<boolean> {
  const text = 'update stacks set created_by = null where id = $1 and created_by = $2'
  return (await tx.query(text, [stackId, userId])).rowCount > 0
}
