/** One statement an event: it looks whether somebody listens, takes the facts, and wakes who delivers. */
import type { Queryable } from '../db/database.ts'
import {
  type AnnouncedStack,
  type DeploymentEvent,
  type DriftAnnouncement,
  OUTBOX_CHANNEL,
  type Person,
  type StackEvent,
} from './event.ts'

/** Most events are of organizations without a webhook, and cost one look at an index. */
const SOMEBODY_LISTENS = (organizationId: string, stackId: string) => /* sql */ `
  exists (select from webhooks w
           where w.active and (w.organization_id = ${organizationId} or w.stack_id = ${stackId}))`

const INSERT = (rows: string) => /* sql */ `
  with added as (
    insert into outbox (organization_id, stack_id, event, facts)
    ${rows}
    returning seq
  )
  select pg_notify('${OUTBOX_CHANNEL}', '') from added limit 1`

const NAMES = /* sql */ `'organization', o.name, 'project', s.project, 'stack', s.name`
const USER = /* sql */ `
  'user', case when r.login is not null then jsonb_build_object('login', r.login, 'name', r.name) end`

const DEPLOYMENT_ROWS = (moreFacts: string) => /* sql */ `
  select d.organization_id, d.stack_id, $2::text,
         jsonb_build_object(${NAMES}, ${USER},
           'deployment', jsonb_build_object('version', d.version, 'operation', d.operation)) ${moreFacts}
    from deployments d
    join stacks s on s.id = d.stack_id
    join organizations o on o.id = d.organization_id
    left join users r on r.id = d.requested_by
   where d.id = $1 and ${SOMEBODY_LISTENS('d.organization_id', 'd.stack_id')}`

const DEPLOYMENT = { name: 'announce-deployment', text: INSERT(DEPLOYMENT_ROWS('')) }

export async function announceDeployment(
  tx: Queryable,
  { event, deploymentId }: { readonly event: DeploymentEvent; readonly deploymentId: string },
): Promise<void> {
  await tx.query(DEPLOYMENT, [deploymentId, event])
}

/** More of a summary than this is no summary: a program may have written it. */
const LONGEST_CHANGES = 4000

const DRIFT = {
  name: 'announce-drift',
  text: INSERT(DEPLOYMENT_ROWS(`|| jsonb_build_object('drift', $3::jsonb)`)),
}

const DRIFT_OF_UPDATE = {
  name: 'announce-drift-of-update',
  text: INSERT(/* sql */ `
    select s.organization_id, u.stack_id, $2::text,
           jsonb_build_object(${NAMES}, ${USER}, 'update', jsonb_build_object(
             'id', u.id, 'version', u.version, 'kind', u.kind, 'dryRun', u.dry_run, 'resourceChanges', '{}'::jsonb))
             || jsonb_build_object('drift', $3::jsonb)
      from updates u
      join stacks s on s.id = u.stack_id
      join organizations o on o.id = s.organization_id
      left join users r on r.id = u.requested_by
     where u.id = $1 and ${SOMEBODY_LISTENS('s.organization_id', 'u.stack_id')}`),
}

export async function announceDrift(tx: Queryable, drift: DriftAnnouncement): Promise<void> {
  const { driftRunId, driftDetected, resourceChanges } = drift
  const isSummary = Buffer.byteLength(JSON.stringify(resourceChanges)) <= LONGEST_CHANGES
  const findings = { driftRunId, driftDetected, resourceChanges: isSummary ? resourceChanges : {} }
  const [statement, id] =
    'deploymentId' in drift ? [DRIFT, drift.deploymentId] : [DRIFT_OF_UPDATE, drift.updateId]
  await tx.query(statement, [id, drift.event, JSON.stringify(findings)])
}

/** A dry run is a preview, whatever it would do; a rename is no event. */
const UPDATE = {
  name: 'announce-update',
  text: INSERT(/* sql */ `
    select s.organization_id, u.stack_id,
           case when u.dry_run then 'preview' when u.kind = 'resource-import' then 'import' else u.kind end
             || case when u.status = 'succeeded' then '_succeeded' else '_failed' end,
           jsonb_build_object(${NAMES}, ${USER}, 'update', jsonb_build_object(
             'id', u.id, 'version', u.version, 'kind', u.kind, 'dryRun', u.dry_run,
             'resourceChanges', case when octet_length(u.resource_changes::text) <= ${LONGEST_CHANGES}
                                     then u.resource_changes else '{}'::jsonb end))
      from updates u
      join stacks s on s.id = u.stack_id
      join organizations o on o.id = s.organization_id
      left join users r on r.id = u.requested_by
     where u.id = $1 and u.status in ('succeeded', 'failed', 'cancelled') and u.kind <> 'rename'
       and ${SOMEBODY_LISTENS('s.organization_id', 'u.stack_id')}`),
}

export async function announceUpdate(tx: Queryable, updateId: string): Promise<void> {
  await tx.query(UPDATE, [updateId])
}

const STACK = {
  name: 'announce-stack',
  text: INSERT(/* sql */ `
    select $1::uuid, $2::uuid, $3::text, $4::jsonb where ${SOMEBODY_LISTENS('$1::uuid', '$2::uuid')}`),
}

export async function announceStack(
  tx: Queryable,
  { event, stack, by }: { readonly event: StackEvent; readonly stack: AnnouncedStack; readonly by: Person },
): Promise<void> {
  const { id, organizationId, organization, project, name } = stack
  const user = { login: by.login, name: by.name }
  const facts = JSON.stringify({ organization, project, stack: name, user })
  await tx.query(STACK, [organizationId, id, event, facts])
}
