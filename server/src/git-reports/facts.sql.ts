/** What is, at the moment when it is said. */
import type { Queryable } from '../db/database.ts'
import type { DueComment } from './due.sql.ts'
import type { ReportedDeployment } from './git-report.ts'

export interface DeploymentRow extends Omit<ReportedDeployment, 'consoleUrl' | 'stack'> {
  readonly id: string
  readonly organization: string
  readonly project: string
  readonly stackName: string
  /** Of the update or preview that the resources were counted in. */
  readonly updateId: string | null
  readonly commit: string
}

const COLUMNS = /* sql */ `
  d.id, d.operation, d.status, d.version::integer, d.failure_message as "failureMessage",
  u.id as "updateId", u.resource_changes as "resourceChanges", d.git ->> 'commit' as commit,
  o.name as organization, s.project, s.name as "stackName"`

const TABLES = /* sql */ `
  deployments d
  join organizations o on o.id = d.organization_id
  join (select id, project, name from stacks union all select id, project, name from removed_stacks) s
    on s.id = coalesce(d.stack_id, d.removed_stack_id)
  left join lateral (
    select id, resource_changes from updates
     where deployment_id = d.id and resource_changes is not null order by dry_run, created_at desc limit 1) u on true`

const ONE = {
  name: 'reported-deployment',
  text: /* sql */ `select ${COLUMNS} from ${TABLES} where d.id = $1`,
}

export async function reportedDeployment(db: Queryable, id: string): Promise<DeploymentRow | undefined> {
  return (await db.query<DeploymentRow>(ONE, [id])).rows[0]
}

/** Of each stack and operation the latest. */
const OF_PULL_REQUEST = {
  name: 'reported-deployments-of-pull-request',
  text: /* sql */ `
    with latest as (
      select distinct on (context) deployment_id from git_statuses
       where git_host_id = $1 and repository = $2 and pull_request = $3 and deployment_id is not null
       order by context, id desc
    )
    select ${COLUMNS} from latest join ${TABLES} on d.id = latest.deployment_id
     order by o.name, s.project, s.name, d.operation`,
}

export async function deploymentsOfPullRequest(
  db: Queryable,
  { hostId, repository, pullRequest }: DueComment,
): Promise<readonly DeploymentRow[]> {
  return (await db.query<DeploymentRow>(OF_PULL_REQUEST, [hostId, repository, pullRequest])).rows
}

/** What the newest status without a deployment says, if no deployment came after it. */
const NOTICE = {
  name: 'pull-request-notice',
  text: /* sql */ `
    select commit, description as sentence from git_statuses s
     where git_host_id = $1 and repository = $2 and pull_request = $3 and deployment_id is null
       and not exists (select from git_statuses later
                        where later.git_host_id = $1 and later.repository = $2 and later.pull_request = $3
                          and later.id > s.id and later.commit <> s.commit)
     order by id desc limit 1`,
}

export async function noticeOfPullRequest(
  db: Queryable,
  { hostId, repository, pullRequest }: DueComment,
): Promise<{ readonly commit: string; readonly sentence: string } | undefined> {
  const { rows } = await db.query<{ commit: string; sentence: string }>(NOTICE, [
    hostId,
    repository,
    pullRequest,
  ])
  return rows[0]
}
