import type { Queryable } from '../db/database.ts'
import type { ReviewStack } from './review-stack.ts'

export interface PullRequestOfHost {
  readonly hostId: string
  readonly repository: string
  readonly pullRequest: number
}

/** People may rename a stack: it is called what it is called now. */
const SELECT = /* sql */ `
  select r.id, o.name as organization, r.template_id as "templateId", r.template, r.repository,
         r.pull_request as "pullRequest", coalesce(s.project, r.project) as project, coalesce(s.name, r.name) as name,
         r.stack_id as "stackId", r.commit, r.ref, r.destroys,
         coalesce(d.status in ('waiting', 'ready', 'accepted', 'running'), false) as "isDestroying"
    from review_stacks r
    join organizations o on o.id = r.organization_id
    left join stacks s on s.id = r.stack_id
    left join deployments d on d.id = r.destroy_id`

const OF_PULL_REQUEST = {
  name: 'review-stacks-of-pull-request',
  text: `${SELECT} where r.git_host_id = $1 and r.repository = lower($2) and r.pull_request = $3 order by r.id`,
}

/** Those that are gone, too. */
export async function reviewStacksOf(
  db: Queryable,
  { hostId, repository, pullRequest }: PullRequestOfHost,
): Promise<ReviewStack[]> {
  return (await db.query<ReviewStack>(OF_PULL_REQUEST, [hostId, repository, pullRequest])).rows
}

const OF_TEMPLATE = `${SELECT} where r.template_id = $1 and r.stack_id is not null order by r.repository, r.pull_request`

export async function liveReviewStacksOf(db: Queryable, templateId: string): Promise<ReviewStack[]> {
  return (await db.query<ReviewStack>(OF_TEMPLATE, [templateId])).rows
}

const HOLD = 'select 1 from review_stacks where id = $1 for update'

/** Held for the rest of the transaction, and read then. */
export async function holdReviewStack(tx: Queryable, id: string): Promise<ReviewStack | undefined> {
  await tx.query(HOLD, [id])
  return (await tx.query<ReviewStack>(`${SELECT} where r.id = $1`, [id])).rows[0]
}

const OVERDUE = {
  name: 'review-stacks-to-destroy',
  text: /* sql */ `
    ${SELECT.replace('select r.id,', 'select r.git_host_id as "hostId", r.id,')}
    join pull_requests p on p.git_host_id = r.git_host_id and p.repository = r.repository
                        and p.number = r.pull_request and p.state = 'closed'
   where r.stack_id is not null and r.destroys < $1
     and (d.id is null or d.status not in ('waiting', 'ready', 'accepted', 'running'))
   order by r.id`,
}

/** Whose pull request is closed, and nothing destroys them (any more). */
export async function overdueReviewStacks(
  db: Queryable,
  mostDestroys: number,
): Promise<(ReviewStack & { readonly hostId: string })[]> {
  return (await db.query<ReviewStack & { hostId: string }>(OVERDUE, [mostDestroys])).rows
}

const COUNT =
  'select count(*)::integer as count from review_stacks where template_id = $1 and stack_id is not null'

export async function countLive(tx: Queryable, templateId: string): Promise<number> {
  return (await tx.query<{ count: number }>(COUNT, [templateId])).rows[0]?.count ?? 0
}

/** What the same pull request gave up with its last stack, and nobody else before or since. */
const LIFT = /* sql */ `
  delete from retired_stack_names n using review_stacks r
   where r.id = $1 and r.owns_name and r.stack_id is null
     and n.organization_id = r.organization_id and n.project = r.project and n.name = r.name
     and n.retired_at = r.gone_at`

export async function liftOwnRetirement(tx: Queryable, id: string): Promise<void> {
  await tx.query(LIFT, [id])
}

const IS_FREE = /* sql */ `
  select not exists (select from review_stacks r
                      where r.organization_id = $1 and r.project = $2 and r.name = $3 and r.id is distinct from $4) as free`

/** Whether no other pull request has, or had, a review stack of the name. */
export async function isNameFree(
  tx: Queryable,
  { organizationId, project, name }: { organizationId: string; project: string; name: string },
  id: string | undefined,
): Promise<boolean> {
  const { rows } = await tx.query<{ free: boolean }>(IS_FREE, [organizationId, project, name, id ?? null])
  return rows[0]?.free === true
}

export interface NewReviewStack extends PullRequestOfHost {
  readonly id: string
  readonly organizationId: string
  readonly templateId: string
  readonly template: string
  readonly project: string
  readonly name: string
  readonly stackId: string
  readonly commit: string
  readonly ref: string
}

/** A reopened pull request has the row that it had. */
const SAVE = /* sql */ `
  insert into review_stacks (id, organization_id, template_id, template, git_host_id, repository, pull_request, project,
                             name, stack_id, commit, ref, owns_name)
  values ($1, $2, $3, $4, $5, lower($6), $7, $8, $9, $10, $11, $12,
          not exists (select from retired_stack_names n
                       where n.organization_id = $2 and n.project = $8 and n.name = $9))
  on conflict on constraint one_review_stack_a_pull_request do update
     set template = excluded.template, project = excluded.project, name = excluded.name, stack_id = excluded.stack_id,
         commit = excluded.commit, ref = excluded.ref, owns_name = excluded.owns_name, destroys = 0, destroy_id = null
  returning owns_name as "ownsName"`

/** @returns Whether the name is its own: else it gets no token until an admin releases it. */
export async function saveReviewStack(tx: Queryable, review: NewReviewStack): Promise<boolean> {
  const { id, organizationId, templateId, template, hostId, repository, pullRequest } = review
  const { project, name, stackId, commit, ref } = review
  const values = [id, organizationId, templateId, template, hostId, repository, pullRequest, project, name]
  const { rows } = await tx.query<{ ownsName: boolean }>(SAVE, [...values, stackId, commit, ref])
  return rows[0]?.ownsName === true
}

/** Its pull request is open (again): destructions that failed before do not count any more. */
export async function noteCommit(
  tx: Queryable,
  id: string,
  { commit, ref }: Pick<ReviewStack, 'commit' | 'ref'>,
): Promise<void> {
  const text = 'update review_stacks set commit = $2, ref = $3, destroys = 0, destroy_id = null where id = $1'
  await tx.query(text, [id, commit, ref])
}

export async function noteDestroy(tx: Queryable, id: string, deploymentId: string): Promise<void> {
  const text = 'update review_stacks set destroys = destroys + 1, destroy_id = $2 where id = $1'
  await tx.query(text, [id, deploymentId])
}
