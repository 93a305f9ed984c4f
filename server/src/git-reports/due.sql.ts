/** What is to be said now, on one host after the other: each by one server at a time. */
import type { Queryable } from '../db/database.ts'
import type { CommitId, RepositoryName } from '../git-events/git-event.ts'
import type { CommitStatus } from '../git-hosts/adapter.ts'

/** A server that has not said how it went after this long is gone: another one says it. */
const LEASE_SECONDS = 60

interface Due {
  readonly id: string
  readonly hostId: string
  readonly repository: RepositoryName
  readonly change: string
  /** With this one. */
  readonly attempts: number
}

export interface DueStatus extends Due {
  readonly kind: 'status'
  readonly commit: CommitId
  readonly context: string
  /** Null: `state`, `description` and `url` are what is said. */
  readonly deploymentId: string | null
  readonly state: CommitStatus['state'] | null
  readonly description: string | null
  readonly url: string | null
}

export interface DueComment extends Due {
  readonly kind: 'comment'
  readonly pullRequest: number
  readonly commentId: string | null
}

export type DueReport = DueStatus | DueComment

const HOSTS = {
  name: 'git-reports-due-hosts',
  text: /* sql */ `
    select h.id from git_hosts h
     where exists (select from git_statuses s where s.git_host_id = h.id and s.due_at <= clock_timestamp())
        or exists (select from pull_request_comments c where c.git_host_id = h.id and c.due_at <= clock_timestamp())`,
}

export async function hostsWithDueReports(db: Queryable): Promise<readonly string[]> {
  return (await db.query<{ id: string }>(HOSTS, [])).rows.map(({ id }) => id)
}

const take = (table: string, columns: string): string => /* sql */ `
  update ${table} r
     set attempts = r.attempts + 1, due_at = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
   where r.id = (select id from ${table} where git_host_id = $1 and due_at <= clock_timestamp()
                  order by due_at, id limit 1 for no key update skip locked)
  returning r.id, r.git_host_id as "hostId", r.repository, r.change, r.attempts, ${columns}`

const TAKE_STATUS = {
  name: 'git-status-take',
  text: take(
    'git_statuses',
    `'status' as kind, r.commit, r.context, r.deployment_id as "deploymentId", r.state, r.description, r.url`,
  ),
}
const TAKE_COMMENT = {
  name: 'pull-request-comment-take',
  text: take(
    'pull_request_comments',
    `'comment' as kind, r.pull_request as "pullRequest", r.comment_id as "commentId"`,
  ),
}

/** The one that is due for longest, statuses before comments. Undefined: nothing is due on this host. */
export async function takeDueReport(db: Queryable, hostId: string): Promise<DueReport | undefined> {
  const [status] = (await db.query<DueStatus>(TAKE_STATUS, [hostId])).rows
  return status ?? (await db.query<DueComment>(TAKE_COMMENT, [hostId])).rows[0]
}

const TABLES = { status: 'git_statuses', comment: 'pull_request_comments' } as const

/** What changed meanwhile is due at once. */
export async function recordSaid(
  db: Queryable,
  { kind, id, change }: Pick<DueReport, 'kind' | 'id' | 'change'>,
  commentId?: string,
): Promise<void> {
  const said = /* sql */ `attempts = 0, failure = null, due_at = case when change = $2 then null else clock_timestamp() end`
  if (kind === 'status') {
    await db.query(`update git_statuses set ${said} where id = $1`, [id, change])
    return
  }
  const values = [id, change, commentId ?? null]
  await db.query(
    `update pull_request_comments set ${said}, comment_id = coalesce($3, comment_id) where id = $1`,
    values,
  )
}

/** @param retrySeconds Undefined: it is given up. */
export async function recordFailure(
  db: Queryable,
  { kind, id, change }: Pick<DueReport, 'kind' | 'id' | 'change'>,
  failure: string,
  retrySeconds: number | undefined,
): Promise<void> {
  const statement = /* sql */ `
    update ${TABLES[kind]}
       set failure = $3,
           due_at = case when change <> $2 then clock_timestamp()
                         when $4::double precision is not null then clock_timestamp() + make_interval(secs => $4) end
     where id = $1`
  await db.query(statement, [id, change, failure, retrySeconds ?? null])
}
