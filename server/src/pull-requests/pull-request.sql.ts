import type { Queryable } from '../db/database.ts'
import type { PullRequestFacts, RepositoryName } from '../git-events/git-event.ts'
import type { KnownPullRequest } from './pull-request.ts'

const COLUMNS = /* sql */ `id, head_commit as "headCommit", moves, facts`

/** Reopened, it is begun anew: what had been previewed was cancelled when it was closed. */
const NOTE = {
  name: 'pull-request-note',
  text: /* sql */ `
    insert into pull_requests as p (id, git_host_id, repository, number, head_commit, state, facts)
    values ($1, $2, lower($3), $4, $5, $6, $7)
    on conflict on constraint a_pull_request_is_known_once do update
       set head_commit = excluded.head_commit, state = excluded.state, facts = excluded.facts,
           moves = p.moves + (p.head_commit <> excluded.head_commit
                              or (p.state = 'closed' and excluded.state = 'open'))::integer,
           changed_at = clock_timestamp()
    returning ${COLUMNS}`,
}

/** @param id For one that was not known. @param repository As the host names it. */
export async function notePullRequest(
  db: Queryable,
  { id, hostId, repository }: { readonly id: string; readonly hostId: string; readonly repository: string },
  facts: PullRequestFacts,
): Promise<KnownPullRequest> {
  const { changedFiles: _files, ...kept } = facts
  const values = [id, hostId, repository, facts.number, facts.headCommit, facts.state, JSON.stringify(kept)]
  const [row] = (await db.query<KnownPullRequest>(NOTE, values)).rows
  if (!row) throw new Error('An insert that updates on conflict has a row.')
  return { ...row, facts }
}

const FIND = {
  name: 'pull-request-find',
  text: /* sql */ `
    select ${COLUMNS} from pull_requests where git_host_id = $1 and repository = lower($2) and number = $3`,
}

export interface PullRequestKey {
  readonly hostId: string
  readonly repository: RepositoryName
  readonly number: number
}

/** Undefined: nobody has told us of it. */
export async function findPullRequest(
  db: Queryable,
  { hostId, repository, number }: PullRequestKey,
): Promise<KnownPullRequest | undefined> {
  const [row] = (await db.query<KnownPullRequest>(FIND, [hostId, repository, number])).rows
  return row && { ...row, facts: { ...row.facts, changedFiles: 'unknown' } }
}

const CLOSE = {
  name: 'pull-request-close',
  text: /* sql */ `
    update pull_requests set state = 'closed', facts = facts || '{"state": "closed"}', changed_at = clock_timestamp()
     where git_host_id = $1 and repository = lower($2) and number = $3`,
}

/** One that the host does not have any more. */
export async function closePullRequest(
  db: Queryable,
  { hostId, repository, number }: PullRequestKey,
): Promise<void> {
  await db.query(CLOSE, [hostId, repository, number])
}

export interface OpenPullRequest {
  readonly facts: PullRequestFacts
  /** When we were last told of it. */
  readonly changedAt: Date
  readonly hostId: string
  /** In lower case. */
  readonly repository: string
}

const OPEN = {
  name: 'pull-requests-open',
  text: /* sql */ `
    select git_host_id as "hostId", repository, facts, changed_at as "changedAt" from pull_requests where state = 'open'`,
}

/** Of all hosts, as they were last told of. */
export async function openPullRequests(db: Queryable): Promise<OpenPullRequest[]> {
  return (await db.query<OpenPullRequest>(OPEN, [])).rows
}
