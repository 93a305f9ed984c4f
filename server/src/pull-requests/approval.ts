/**
 * What counts as the approval of a stranger's commit, and how it is asked for.
 *
 * Owns: the one form of the command, and the sentences about it. Does not own: whether whoever says it may (approve.ts
 * asks the host), nor what an approved commit is good for (trust.ts).
 *
 * The commit stands there in full. Of its first digits the author of a pull request could make two commits, a good one to
 * be looked at and another one to be run: for twelve digits that is a matter of seconds.
 */
import { type Comment, type CommitId, readCommitId } from '../git-events/git-event.ts'

/** The whole comment, so that a quoted or hidden line is none; in lower case, as hosts write commits. */
const COMMAND = /^\/daypass approve ([0-9a-f]{40}|[0-9a-f]{64})$/
const LIKE_A_COMMAND = /^\s*\/daypass\b/im

export function approvedCommitIn({
  body,
  approvedCommit,
}: Pick<Comment, 'body' | 'approvedCommit'>): CommitId | { readonly ignored: string } {
  const [, said] = COMMAND.exec(body.trim()) ?? []
  const commit = approvedCommit ?? readCommitId(said)
  if (commit !== undefined) return commit
  return { ignored: LIKE_A_COMMAND.test(body) ? NOT_AS_IT_HAS_TO_BE : 'The comment approves nothing.' }
}

const NOT_AS_IT_HAS_TO_BE =
  'Not understood: a comment that approves is "/daypass approve" and the whole commit in lower case, and nothing else.'

/** Hosts show so many characters of a status. */
const LONGEST_STATUS = 140

/** For the status on the commit and the comment on the pull request, whose reader may be the one who approves. */
export function approvalAskedFor(commit: CommitId, because: string): string {
  const what = `somebody with write access has to comment: /daypass approve ${commit}`
  const whole = `${because}: ${what}`
  return whole.length <= LONGEST_STATUS ? whole : `Waits: ${what}`
}
