/** Organizations and what they allow their members. */
import type { Queryable } from '../db/database.ts'
import type { StackPermission } from './permission.ts'

export async function insertOrganization(
  tx: Queryable,
  organization: { id: string; name: string },
): Promise<void> {
  await tx.query('insert into organizations (id, name) values ($1, $2)', [organization.id, organization.name])
}

export async function anyOrganization(db: Queryable): Promise<boolean> {
  const { rowCount } = await db.query('select from organizations limit 1')
  return rowCount > 0
}

export interface OrganizationSettings {
  readonly defaultStackPermission: StackPermission
  readonly membersCreateStacks: boolean
  readonly membersDeleteStacks: boolean
  readonly membersTransferStacks: boolean
  readonly membersCreateTeams: boolean
  /** Null: no limit of its own. */
  readonly maxTokenDays: number | null
}

const SETTINGS = /* sql */ `
  default_stack_permission as "defaultStackPermission", members_create_stacks as "membersCreateStacks",
  members_delete_stacks as "membersDeleteStacks", members_transfer_stacks as "membersTransferStacks",
  members_create_teams as "membersCreateTeams", max_token_days as "maxTokenDays"`

const FIND_SETTINGS = {
  name: 'organization-settings',
  text: /* sql */ `select ${SETTINGS} from organizations where id = $1`,
}

export async function findOrganizationSettings(
  db: Queryable,
  organizationId: string,
): Promise<OrganizationSettings | undefined> {
  return (await db.query<OrganizationSettings>(FIND_SETTINGS, [organizationId])).rows[0]
}

const UPDATE_SETTINGS = /* sql */ `
  update organizations
     set default_stack_permission = $2, members_create_stacks = $3, members_delete_stacks = $4,
         members_transfer_stacks = $5, members_create_teams = $6, max_token_days = $7
   where id = $1`

export async function saveOrganizationSettings(
  tx: Queryable,
  organizationId: string,
  settings: OrganizationSettings,
): Promise<void> {
  await tx.query(UPDATE_SETTINGS, [
    organizationId,
    settings.defaultStackPermission,
    settings.membersCreateStacks,
    settings.membersDeleteStacks,
    settings.membersTransferStacks,
    settings.membersCreateTeams,
    settings.maxTokenDays,
  ])
}

export async function lockOrganization(tx: Queryable, organizationId: string): Promise<void> {
  await tx.query('select from organizations where id = $1 for no key update', [organizationId])
}

export interface OrganizationFigures {
  readonly createdAt: Date
  readonly stackCount: number
  readonly memberCount: number
  readonly defaultPoolId: string | null
}

export async function figuresOf(
  db: Queryable,
  organizationId: string,
): Promise<OrganizationFigures | undefined> {
  const { rows } = await db.query<OrganizationFigures>(
    /* sql */ `
    select o.created_at as "createdAt",
           (select count(*) from stacks s where s.organization_id = o.id) as "stackCount",
           (select count(*) from members m where m.organization_id = o.id) as "memberCount",
           (select p.id from pools p where p.organization_id = o.id and p.is_default) as "defaultPoolId"
      from organizations o where o.id = $1`,
    [organizationId],
  )
  return rows[0]
}

/** Of all organizations of a person that have a limit. Null: none has. */
export async function leastMaxTokenDays(db: Queryable, userId: string): Promise<number | null> {
  const { rows } = await db.query<{ days: number | null }>(
    /* sql */ `
    select min(o.max_token_days) as days
      from members m join organizations o on o.id = m.organization_id where m.user_id = $1`,
    [userId],
  )
  return rows[0]?.days ?? null
}
