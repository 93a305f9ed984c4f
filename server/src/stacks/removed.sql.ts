/** What stays of a stack that its own deployment removed: its name, and the deployments that people may still follow. */
import type { StackPlace } from '../access/permission.ts'
import type { Queryable } from '../db/database.ts'

const KEEP_STACK = /* sql */ `
  insert into removed_stacks (id, organization_id, project, name, last_deployment_version)
  select id, organization_id, project, name, last_deployment_version from stacks where id = $1`

const KEEP_DEPLOYMENTS = /* sql */ `
  update deployments set stack_id = null, removed_stack_id = stack_id where stack_id = $1 and id = any ($2)`

const KEEP_UPDATES = /* sql */ `
  update updates set stack_id = null, removed_stack_id = stack_id where stack_id = $1 and deployment_id = any ($2)`

/** Takes them out of the stack, so that they do not go with it. */
export async function keepDeployments(
  tx: Queryable,
  stackId: string,
  deploymentIds: readonly string[],
): Promise<void> {
  await tx.query(KEEP_STACK, [stackId])
  await tx.query(KEEP_DEPLOYMENTS, [stackId, deploymentIds])
  await tx.query(KEEP_UPDATES, [stackId, deploymentIds])
}

/** With it went what was given of it: whoever asked for what is kept goes on reading that. */
const columnsOf = (asked: 'deployments' | 'updates') => /* sql */ `
  r.id, r.organization_id as "organizationId", o.default_stack_permission as "defaultPermission",
  (select json_build_array(json_build_object('holderId', k.requested_by, 'permission', 101))
     from ${asked} k where k.id = $4) as grants`

const NAMED = /* sql */ `
  removed_stacks r join organizations o on o.id = r.organization_id
   where o.name = $1 and r.project = $2 and r.name = $3`

const OF_DEPLOYMENT = {
  name: 'removed-stack-of-deployment',
  text: /* sql */ `
    select ${columnsOf('deployments')} from ${NAMED}
       and r.id = (select removed_stack_id from deployments where id = $4)`,
}
const OF_UPDATE = {
  name: 'removed-stack-of-update',
  text: /* sql */ `
    select ${columnsOf('updates')} from ${NAMED}
       and r.id = (select removed_stack_id from updates where id = $4)`,
}

/** The removed stack of that name which the deployment, or the update, belonged to. */
export async function findRemovedStack(
  tx: Queryable,
  names: { readonly organization: string; readonly project: string; readonly stack: string },
  kept: { readonly deploymentId: string } | { readonly updateId: string },
): Promise<StackPlace | undefined> {
  const [statement, id] =
    'deploymentId' in kept ? [OF_DEPLOYMENT, kept.deploymentId] : [OF_UPDATE, kept.updateId]
  const values = [names.organization, names.project, names.stack, id]
  return (await tx.query<StackPlace>(statement, values)).rows[0]
}
