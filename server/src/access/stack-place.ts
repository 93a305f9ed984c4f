/** What the rules of {@link canReadStack} and its like need of a stack, as SQL. */
import type { Queryable } from '../db/database.ts'
import type { StackPlace } from './permission.ts'

/** The columns of a {@link StackPlace} but its ids; of `stacks s` and `organizations o`. */
export const STACK_PLACE_COLUMNS = /* sql */ `
  o.default_stack_permission as "defaultPermission", s.created_by as "createdBy",
  coalesce((select json_agg(json_build_object('teamId', g.team_id, 'permission', g.permission))
              from team_stacks g where g.stack_id = s.id), '[]') as grants`

/** Whether `stacks s` of `organizations o` is one of the {@link ReadableStacks} whose parts these texts stand for. */
export function isReadable(least: string, userId: string, teamIds: string): string {
  return /* sql */ `(o.default_stack_permission >= ${least} or (${least} < 999 and s.created_by = ${userId})
    or exists (select from team_stacks g where g.stack_id = s.id and g.team_id = any (${teamIds}::uuid[])))`
}

export async function findStackPlace(
  db: Queryable,
  organizationId: string,
  names: { readonly project: string; readonly stack: string },
): Promise<StackPlace | undefined> {
  const { rows } = await db.query<StackPlace>(
    /* sql */ `
    select s.id, s.organization_id as "organizationId", ${STACK_PLACE_COLUMNS}
      from stacks s join organizations o on o.id = s.organization_id
     where s.organization_id = $1 and s.project = $2 and s.name = $3`,
    [organizationId, names.project, names.stack],
  )
  return rows[0]
}
