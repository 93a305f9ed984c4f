/** What other slices have said where no deployment is: a commit that waits for somebody's approval. */

import type { Queryable } from '../db/database.ts'
import type { CommitId, RepositoryName } from '../git-events/git-event.ts'
import type { CommitStatus } from '../git-hosts/adapter.ts'
import { REPORTS_CHANNEL } from './git-report.ts'

export interface WantedStatus extends Pick<CommitStatus, 'context' | 'state' | 'description' | 'url'> {
  readonly hostId: string
  readonly repository: RepositoryName
  readonly commit: CommitId
  /** Then the comment on it says the sentence, too. */
  readonly pullRequest: number | undefined
}

const WANT = {
  name: 'git-status-want',
  text: /* sql */ `
    with wanted as (
      insert into git_statuses (git_host_id, repository, commit, context, pull_request, state, description, url)
      select h.id, $2, $3, $4, $5::integer, $6, $7, $8 from git_hosts h where h.id = $1 for key share
      on conflict on constraint git_statuses_key do update
        set deployment_id = null, pull_request = excluded.pull_request, state = excluded.state,
            description = excluded.description, url = excluded.url, change = git_statuses.change + 1, attempts = 0,
            failure = null, due_at = clock_timestamp()
      where git_statuses.state is distinct from excluded.state
         or git_statuses.description is distinct from excluded.description
    )
    select comment_is_due($1, $2, $5::integer), pg_notify('${REPORTS_CHANNEL}', '')`,
}

/** In the transaction of what it tells of. The same again changes nothing. */
export async function wantStatus(tx: Queryable, wanted: WantedStatus): Promise<void> {
  const { hostId, repository, commit, context, pullRequest, state, description, url } = wanted
  await tx.query(WANT, [hostId, repository, commit, context, pullRequest ?? null, state, description, url])
}
