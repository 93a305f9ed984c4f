/** What an organization decided about its members. */
import type { StackPermission } from '@daypass/contract/organizations.ts'
import type { Queryable } from '../db/database.ts'

export interface OrganizationRow {
  readonly id: string
  readonly createdAt: Date
  readonly defaultStackPermission: StackPermission
  readonly membersCreateStacks: boolean
  readonly membersDeleteStacks: boolean
  readonly maxTokenExpiryDays: number
  readonly defaultPoolId: string | null
  readonly stackCount: number
  readonly memberCount: number
}

const SELECT = /* sql */ `
  select o.id, o.created_at as "createdAt", o.default_stack_permission as "defaultStackPermission",
         o.members_create_stacks as "membersCreateStacks", o.members_delete_stacks as "membersDeleteStacks",
         o.max_expiry_days as "maxTokenExpiryDays",
         (select p.id from pools p where p.organization_id = o.id and p.is_default) as "defaultPoolId",
         (select count(*) from stacks s where s.organization_id = o.id)::int as "stackCount",
         (select count(*) from members m join users u on u.id = m.user_id and u.kind = 'person'
           where m.organization_id = o.id)::int as "memberCount"
    from organizations o where o.id = $1`

export async function findOrganization(db: Queryable, id: string): Promise<OrganizationRow | undefined> {
  return (await db.query<OrganizationRow>(SELECT, [id])).rows[0]
}

export interface OrganizationChange {
  readonly defaultStackPermission: StackPermission | null
  readonly membersCreateStacks: boolean | null
  readonly membersDeleteStacks: boolean | null
  readonly maxTokenExpiryDays: number | null
}

/** What is null stays as it is. */
const UPDATE = /* sql */ `
  update organizations
     set default_stack_permission = coalesce($2, default_stack_permission),
         members_create_stacks = coalesce($3, members_create_stacks),
         members_delete_stacks = coalesce($4, members_delete_stacks),
         max_expiry_days = coalesce($5, max_expiry_days)
   where id = $1`

export async function updateOrganization(
  tx: Queryable,
  id: string,
  change: OrganizationChange,
): Promise<void> {
  await tx.query(UPDATE, [
    id,
    change.defaultStackPermission,
    change.membersCreateStacks,
    change.membersDeleteStacks,
    change.maxTokenExpiryDays,
  ])
}
