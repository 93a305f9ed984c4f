/** How the looks at polled remotes go, for people. When and by whom is decided elsewhere (git-polls). */
import type { Queryable } from '../../db/database.ts'

export interface ShownPoll {
  readonly hostId: string
  readonly repository: string
  readonly lookedAt: Date | null
  readonly dueAt: Date
  readonly isLeased: boolean
  /** Nobody has come for it for much longer than a runner lets it wait. */
  readonly overdue: boolean
  readonly failedAt: Date | null
  readonly failureCode: string | null
  readonly failure: string | null
}

const SHOW = {
  name: 'git-polls-show',
  text: /* sql */ `
    select git_host_id as "hostId", repository, looked_at as "lookedAt", due_at as "dueAt",
           coalesce(lease_until > clock_timestamp(), false) as "isLeased",
           greatest(due_at, coalesce(lease_until, due_at)) < clock_timestamp() - interval '3 minutes' as overdue,
           failed_at as "failedAt", failure_code as "failureCode", failure
      from git_polls where git_host_id = any ($1::uuid[]) order by repository`,
}

export async function shownPolls(db: Queryable, hostIds: readonly string[]): Promise<ShownPoll[]> {
  return hostIds.length === 0 ? [] : (await db.query<ShownPoll>(SHOW, [hostIds])).rows
}
