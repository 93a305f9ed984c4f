/** What the rules of {@link canReadStack} and its like need of a stack, as SQL. */
import type { Queryable } from '../db/database.ts'
import type { StackPlace } from './permission.ts'

/** The columns of a {@link StackPlace} but its ids; of `stacks s` and `organizations o`. */
export const STACK_PLACE_COLUMNS = /* sql */ `
  o.default_stack_permission as "defaultPermission",
  coalesce((select json_agg(json_build_object('holderId', g.holder_id, 'permission', g.permission))
              from (select team_id as holder_id, permission from team_stacks where stack_id = s.id
                     union all
                    select user_id, permission from stack_collaborators where stack_id = s.id
                     union all
                    select s.created_by, 103 where s.created_by is not null) g), '[]') as grants`

/**
 * Whether `stacks s` of `organizations o` is one of the {@link ReadableStacks} whose parts these texts stand for.
 *
 * @param holders A `uuid[]`.
 */
export function isReadable(least: string, holders: string): string {
  return /* sql */ `(o.default_stack_permission >= ${least} or s.created_by = any (${holders})
    or exists (select from team_stacks g where g.stack_id = s.id and g.team_id = any (${holders}))
    or exists (select from stack_collaborators g where g.stack_id = s.id and g.user_id = any (${holders})))`
}

const FIND = /* sql */ `
  select s.id, s.organization_id as "organizationId", ${STACK_PLACE_COLUMNS}
    from stacks s join organizations o on o.id = s.organization_id`

export async function findStackPlace(
  db: Queryable,
  organizationId: string,
  names: { readonly project: string; readonly stack: string },
): Promise<StackPlace | undefined> {
  const { rows } = await db.query<StackPlace>(
    `${FIND} where s.organization_id = $1 and s.project = $2 and s.name = $3`,
    [organizationId, names.project, names.stack],
  )
  return rows[0]
}

/** For what is done with a stack while nobody calls. */
export async function stackPlaceOf(db: Queryable, stackId: string): Promise<StackPlace | undefined> {
  return (await db.query<StackPlace>(`${FIND} where s.id = $1`, [stackId])).rows[0]
}
