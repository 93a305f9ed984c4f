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
                     then tags || jsonb_build_object('pulumi:project', $3::text) else tags end
   where id = $1`

export async function moveStackRow(tx: Queryable, stackId: string, place: NewPlace): Promise<void> {
  await tx.query(MOVE, [stackId, place.organizationId, place.project, place.name])
}

const IS_TAKEN = /* sql */ `
  select from stacks where organization_id = $1 and project = $2 and name = $3`

export async function isNameTaken(tx: Queryable, place: NewPlace): Promise<boolean> {
  return (await tx.query(IS_TAKEN, [place.organizationId, place.project, place.name])).rowCount > 0
}

/** In what is saved, in what a deployment that has not begun was asked for with, or among the stack's audiences. */
const HAS_IDENTITY = /* sql */ `
  select from (
    select settings from deployment_settings where stack_id = $1
    union all
    select settings from deployments where stack_id = $1 and status in ('waiting', 'ready')
  ) s
  where coalesce(s.settings #> '{operationContext,oidc}', 'null') not in ('null', '{}')
  union all
  select from stack_audiences where stack_id = $1
  union all
  select from stack_identities where stack_id = $1
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

/** They are the organization's that it leaves, and so is whoever trusts the form of its subjects. */
export async function takeTrustOf(tx: Queryable, stackId: string): Promise<void> {
  await tx.query('delete from stack_audiences where stack_id = $1', [stackId])
  await tx.query("update stack_identities set subject_form = 'pulumi' where stack_id = $1", [stackId])
}

/** Ended ones: none of them has a place in the organization's limit. */
export async function moveDeploymentRows(
  tx: Queryable,
  stackId: string,
  organizationId: string,
): Promise<void> {
  await tx.query('update deployments set organization_id = $2 where stack_id = $1', [stackId, organizationId])
}
