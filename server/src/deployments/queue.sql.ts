/**
 * Who is next on a stack. Every function here is called under the stack's row lock, which is a statement of its own
 * before them: a statement that both locked and looked would look with a snapshot older than its lock.
 */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'
import type { StoredSettings } from '../settings/settings.ts'
import { READY_CHANNEL } from './deployment.ts'
import type { GitFacts } from './git-facts.ts'

export interface LockedStack {
  readonly organizationId: string
  readonly organization: string
  readonly project: string
  readonly stack: string
}

const LOCK_STACK = {
  name: 'lock-stack-for-deployments',
  text: /* sql */ `
    select s.organization_id as "organizationId", o.name as organization, s.project, s.name as stack
      from stacks s join organizations o on o.id = s.organization_id
     where s.id = $1
       for no key update of s`,
}

/** Undefined when the stack is gone. */
export async function lockStack(tx: Queryable, stackId: string): Promise<LockedStack | undefined> {
  return (await tx.query<LockedStack>(LOCK_STACK, [stackId])).rows[0]
}

export interface NewDeployment {
  readonly id: string
  readonly stackId: string
  readonly operation: Operation
  readonly poolId: string
  readonly requestedBy: string
  readonly trigger: string
  readonly initiator: string
  readonly settings: StoredSettings
  readonly notes: readonly string[]
  /** Null: a remediation belongs to the latest detection. */
  readonly remediates: string | null
  /** Null: no event of a git host asked for it. */
  readonly git: GitFacts | null
  /** Whom to ask for a credential for its source; null: the settings have one, or it needs none. */
  readonly gitHostId: string | null
}

const ADD = {
  name: 'add-deployment',
  text: /* sql */ `
    with numbered as (
      update stacks set last_deployment_version = last_deployment_version + 1 where id = $2
      returning organization_id, last_deployment_version as version
    ), added as (
      insert into deployments (id, stack_id, organization_id, version, operation, status, ready_at, pool_id,
                               requested_by, trigger, initiator, settings, notes, timeout_seconds,
                               remediates_id, git, git_host_id)
      select $1, $2, organization_id, version, $3, case when free then 'ready' else 'waiting' end,
             case when free then clock_timestamp() end, $4, $5, $6, $7, $8, $9,
             (select deployment_timeout_seconds from organizations where id = organization_id),
             coalesce($10, case when $3 = 'remediate-drift' then
               (select id from deployments
                 where stack_id = $2 and operation = 'detect-drift' and status = 'succeeded' order by seq desc limit 1) end),
             $11, $12
        from numbered, (select not exists (select from deployments
                                            where stack_id = $2 and status in ('waiting', 'ready', 'accepted', 'running'))
                               as free) stack
      returning version, status, pool_id
    )
    select version, case when status = 'ready' then pg_notify('${READY_CHANNEL}', pool_id::text) end from added`,
}

/**
 * Adds it as the last of its stack; where the stack is free it is ready, and a runner of its pool wakes at commit.
 *
 * @returns Its number in its stack, counted from 1.
 */
export async function addDeployment(tx: Queryable, deployment: NewDeployment): Promise<number> {
  const { rows } = await tx.query<{ version: number }>(ADD, [
    deployment.id,
    deployment.stackId,
    deployment.operation,
    deployment.poolId,
    deployment.requestedBy,
    deployment.trigger,
    deployment.initiator,
    JSON.stringify(deployment.settings),
    deployment.notes,
    deployment.remediates,
    deployment.git === null ? null : JSON.stringify(deployment.git),
    deployment.gitHostId,
  ])
  const [row] = rows
  if (!row) throw new Error(`Stack ${deployment.stackId} is gone although its row is locked.`)
  return row.version
}

/** Only of the same operation, as Pulumi does: a preview never stands in for an update. */
const SKIP_OLDER = {
  name: 'skip-older-deployments',
  text: /* sql */ `
    update deployments older
       set status = 'skipped', ended_at = clock_timestamp(), modified_at = clock_timestamp(),
           failure_code = 'superseded', failure_message = $3
      from deployments newer
     where newer.id = $2 and older.stack_id = $1 and older.status in ('waiting', 'ready')
       and older.operation = newer.operation and older.seq < newer.seq
    returning older.id`,
}

/** Skips those before it that nobody has begun, and says which. The stack may need a new head afterwards. */
export async function skipOlder(
  tx: Queryable,
  stackId: string,
  deploymentId: string,
  message: string,
): Promise<readonly string[]> {
  const { rows } = await tx.query<{ id: string }>(SKIP_OLDER, [stackId, deploymentId, message])
  return rows.map(({ id }) => id)
}

const PROMOTE = {
  name: 'promote-deployment',
  text: /* sql */ `
    with head as (
      update deployments set status = 'ready', ready_at = clock_timestamp(), modified_at = clock_timestamp()
       where id = (select id from deployments where stack_id = $1 and status = 'waiting' order by seq limit 1)
         and not exists (select from deployments
                          where stack_id = $1 and status in ('ready', 'accepted', 'running'))
      returning pool_id
    )
    select pg_notify('${READY_CHANNEL}', pool_id::text) from head`,
}

/** Marks the stack's next deployment ready, if the stack is free, and wakes a runner of its pool at commit. */
export async function promote(tx: Queryable, stackId: string): Promise<void> {
  await tx.query(PROMOTE, [stackId])
}
