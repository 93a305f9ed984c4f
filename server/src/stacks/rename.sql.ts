import type { Queryable } from '../db/database.ts'

export interface NewPlace {
  readonly organizationId: string
  readonly project: string
  readonly name: string
}

/** `pulumi:project` is the CLI's own tag, which it would set at the next update. @throws a unique violation. */
const MOVE = /* sql */ `
  update stacks
     set organization_id = $2, project = $3, name = $4,
         tags = case when tags ? 'pulumi:project'
                     then tags || jsonb_build_object('pulumi:project', $3::text) else tags end,
         created_by = case when organization_id = $2 then created_by end
   where id = $1`

/** What the teams of another organization were given stays behind. */
const DROP_GRANTS = /* sql */ `
  delete from team_stacks g using teams t where t.id = g.team_id and g.stack_id = $1 and t.organization_id <> $2`

export async function moveStackRow(tx: Queryable, stackId: string, place: NewPlace): Promise<void> {
  await tx.query(MOVE, [stackId, place.organizationId, place.project, place.name])
  await tx.query(DROP_GRANTS, [stackId, place.organizationId])
}

const IS_TAKEN = /* sql */ `
  select from stacks where organization_id = $1 and project = $2 and name = $3`

export async function isNameTaken(tx: Queryable, place: NewPlace): Promise<boolean> {
  return (await tx.query(IS_TAKEN, [place.organizationId, place.project, place.name])).rowCount > 0
}

/** In what is saved, or in what a deployment that has not begun was asked for with. */
const HAS_IDENTITY = /* sql */ `
  select from (
    select settings from deployment_settings where stack_id = $1
    union all
    select settings from deployments where stack_id = $1 and status in ('waiting', 'ready')
  ) s
  where coalesce(s.settings #> '{operationContext,oidc}', 'null') not in ('null', '{}')
  limit 1`

/** Whether deployments of the stack get tokens under its name. */
export async function hasIdentity(tx: Queryable, stackId: string): Promise<boolean> {
  return (await tx.query(HAS_IDENTITY, [stackId])).rowCount > 0
}

const UNFINISHED = /* sql */ `
  select version from deployments where stack_id = $1 and status not in ('succeeded', 'failed', 'skipped')
   order by version limit 1`

/** The version of the oldest deployment that has not ended. */
export async function unfinishedDeployment(tx: Queryable, stackId: string): Promise<number | undefined> {
  return (await tx.query<{ version: number }>(UNFINISHED, [stackId])).rows[0]?.version
}

/** Ended ones: none of them has a place in the organization's limit. */
export async function moveDeploymentRows(
  tx: Queryable,
  stackId: string,
  organizationId: string,
): Promise<void> {
  await tx.query('update deployments set organization_id = $2 where stack_id = $1', [stackId, organizationId])
}
