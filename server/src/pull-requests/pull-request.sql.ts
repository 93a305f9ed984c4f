import type { Queryable } from '../db/database.ts'
import type { PullRequestFacts } from '../git-events/git-event.ts'
import type { KnownPullRequest } from './pull-request.ts'

const COLUMNS = /* sql */ `id, head_commit as "headCommit", moves, facts`

const NOTE = {
  name: 'pull-request-note',
  text: /* sql */ `
    insert into pull_requests as p (id, git_host_id, repository, number, head_commit, state, facts)
    values ($1, $2, lower($3), $4, $5, $6, $7)
    on conflict on constraint a_pull_request_is_known_once do update
       set head_commit = excluded.head_commit, state = excluded.state, facts = excluded.facts,
           moves = p.moves + (p.head_commit <> excluded.head_commit)::integer, changed_at = now()
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
