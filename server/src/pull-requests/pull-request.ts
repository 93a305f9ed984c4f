/**
 * Pull requests (merge requests), as their host tells of them.
 *
 * Owns: which are known and where they stand, whether what they contain is trusted, and the previews that follow. Does not
 * own: what a stack's settings want of one (git-push/rules), nor how a host is asked (git-hosts).
 *
 * An event only says that something happened to a pull request. What it is now, the host is asked; and nothing runs that
 * it contains before `approval.ts` has said that it is trusted.
 */
import type { CommitId, PullRequestFacts } from '../git-events/git-event.ts'

export interface KnownPullRequest {
  readonly id: string
  readonly headCommit: CommitId
  /** How many heads it has had, and how often it was reopened: one of them may come back. */
  readonly moves: number
  readonly facts: PullRequestFacts
}
