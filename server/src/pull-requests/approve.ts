/**
 * Approving the head of a pull request: by a comment or a review on the host, of somebody of whom the host says at this
 * moment that they may write; or by an admin of the organization here.
 *
 * Nothing is approved that the host does not say is the head now, for the branch that we knew it to be for.
 */
import { recordAudit } from '../audit/audit.ts'
import type { Queryable } from '../db/database.ts'
import type { RequestServices } from '../deployments/request.ts'
import type { EventContext, Handled } from '../git-deliveries/delivery.ts'
import type { Comment, CommitId, PullRequestFacts, RepositoryName } from '../git-events/git-event.ts'
import { isHostRefusal } from '../git-hosts/adapter.ts'
import type { GitHost } from '../git-hosts/git-host.ts'
import type { ReachedHost } from '../git-hosts/reach.ts'
import { candidatesFor } from '../git-push/candidates.ts'
import { nothingToDo } from '../git-push/outcome.ts'
import { type Approval, addApproval } from './approval.sql.ts'
import { approvedCommitIn } from './approval.ts'
import { askPullRequest } from './ask.ts'
import { handlePullRequest } from './handle.ts'
import { findPullRequest, notePullRequest } from './pull-request.sql.ts'
import type { KnownPullRequest } from './pull-request.ts'
import { mayWrite } from './trust.ts'

export async function handleComment(
  services: RequestServices,
  context: EventContext,
  eventHost: ReachedHost,
  comment: Comment,
): Promise<Handled> {
  const { db, randomUuid } = services
  const { host, api } = eventHost
  const { repository, repositoryUrl, sender, pullRequest: number, author } = comment
  const commit = approvedCommitIn(comment)
  if (typeof commit !== 'string') return nothingToDo(commit.ignored)
  if ((await candidatesFor(db, context, repository)).length === 0)
    return nothingToDo('No stack’s settings name this repository.')
  if (comment.authorIsBot) return nothingToDo(`${author} is no person: an approval is a person’s.`)
  const permission = await api.permissionOf(repository, author)
  if (isHostRefusal(permission)) return notAsked(`whether ${author} may write`, permission)
  if (!mayWrite(permission))
    return nothingToDo(`${author} may not write to ${repository}, and so approves nothing.`)
  const known = await findPullRequest(db, { hostId: host.id, repository, number })
  const facts = await askPullRequest(api, repository, number)
  if (isHostRefusal(facts)) return notAsked('the pull request', facts)
  if (facts === undefined) return nothingToDo(GONE)
  const about = { repository, repositoryUrl, sender }
  const event = { kind: 'pull-request', action: 'updated', ...about, pullRequest: facts } as const
  const approved = approvable(facts, commit, known)
  if ('why' in approved) {
    // Perhaps nobody told us of what has changed.
    const { outcome, tryAgain } = await handlePullRequest(services, context, eventHost, event)
    return { outcome: { ...outcome, ignored: approved.why }, tryAgain }
  }
  await db.transaction(async (tx) => {
    const { id } = await notePullRequest(tx, { id: randomUuid(), hostId: host.id, repository }, approved)
    const by = { approvedBy: author, through: comment.approvedCommit ? 'review' : 'comment' } as const
    await recordApproval(tx, host, { id, repository, facts: approved }, by, `git:${host.name}:${author}`)
  })
  return handlePullRequest(services, context, eventHost, event)
}

/** The facts, if the commit is the head of an open pull request that is for what it was for when we last knew of it. */
export function approvable(
  facts: PullRequestFacts | undefined,
  commit: CommitId,
  known: Pick<KnownPullRequest, 'facts'> | undefined,
): PullRequestFacts | { readonly why: string } {
  if (facts === undefined) return { why: GONE }
  const { state, headCommit, baseBranch } = facts
  if (state !== 'open') return { why: 'The pull request is closed: nothing of it is run.' }
  if (headCommit !== commit)
    return { why: `Not approved: the head of the pull request is ${headCommit} now. Look at that one.` }
  if (known !== undefined && known.facts.baseBranch !== baseBranch) {
    const moved = `was for ${known.facts.baseBranch} and is for ${baseBranch} now`
    return { why: `Not approved: the pull request ${moved}. Approve it once more, if that is meant.` }
  }
  return facts
}

export interface ApprovedPullRequest {
  readonly id: string
  readonly repository: RepositoryName
  readonly facts: PullRequestFacts
}

/** @returns False when it was approved before. */
export async function recordApproval(
  tx: Queryable,
  { organizationId, name }: GitHost,
  { id, repository, facts }: ApprovedPullRequest,
  approval: Approval,
  actor: string,
): Promise<boolean> {
  if (!(await addApproval(tx, id, facts, approval))) return false
  const { number, headCommit: commit, baseBranch, author } = facts
  await recordAudit(tx, {
    organizationId,
    actor,
    action: 'pull_request.approved',
    target: `${name} ${repository}#${number}`,
    details: { commit, baseBranch, author, ...approval },
  })
  return true
}

function notAsked(what: string, { sentence, code }: { readonly sentence: string; readonly code: string }) {
  const problem = `Nothing was approved, because ${what} could not be asked. ${sentence}`
  return { outcome: { problem }, tryAgain: code !== 'HOST_NOT_OFFERED' }
}

const GONE = 'The pull request is not there any more.'
