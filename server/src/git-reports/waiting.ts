/** What is said in the place of a deployment that waits for somebody, where there is no deployment to tell of. */
import type { Queryable } from '../db/database.ts'
import type { PullRequestFacts, RepositoryName } from '../git-events/git-event.ts'
import { statusContext } from './git-report.ts'
import { wantStatus } from './want.sql.ts'

export interface WaitingDeployment {
  readonly hostId: string
  readonly repository: RepositoryName
  readonly pullRequest: PullRequestFacts
  /** `organization/project/stack`. */
  readonly stack: string
  readonly operation: 'preview' | 'update'
  /** At most 140 characters, as hosts take them. */
  readonly sentence: string
}

/** The deployment's own status takes its place. */
export function reportWaiting(
  tx: Queryable,
  { hostId, repository, pullRequest, stack, operation, sentence }: WaitingDeployment,
): Promise<void> {
  const { number, headCommit: commit, url } = pullRequest
  const context = statusContext(stack, operation)
  const where = { hostId, repository, commit, context, pullRequest: number, url }
  return wantStatus(tx, { ...where, state: 'pending', description: sentence })
}
