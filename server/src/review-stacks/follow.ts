/** What a pull request, as its host has it now, means for review stacks: which are made, updated, and which end. */
import type { RequestServices } from '../deployments/request.ts'
import type { PullRequestEvent } from '../git-events/git-event.ts'
import type { GitHost } from '../git-hosts/git-host.ts'
import type { Candidate } from '../git-push/candidates.ts'
import { wasDeployed } from '../git-push/deploy.ts'
import type { Tally } from '../git-push/outcome.ts'
import { decideReviewStack } from '../git-push/review-rules.ts'
import { reportWaiting } from '../git-reports/waiting.ts'
import { destroyReviewStack } from './destroy.ts'
import { makeReviewStack, type Proposed, updateReviewStack } from './make.ts'
import { type PullRequestOfHost, reviewStacksOf } from './review-stack.sql.ts'
import { fullNameOf, isLive, type LiveReviewStack, reviewStackNames } from './review-stack.ts'

/** Those that live. */
export async function liveReviewStacks(
  { db }: Pick<RequestServices, 'db'>,
  of: PullRequestOfHost,
): Promise<readonly LiveReviewStack[]> {
  return (await reviewStacksOf(db, of)).filter(isLive)
}

/** Whatever the settings say by now. */
export async function endReviewStacks(
  services: RequestServices,
  host: GitHost,
  live: readonly LiveReviewStack[],
  tally: Tally,
): Promise<void> {
  for (const review of live) tally.asked(await destroyReviewStack(services, host, review))
}

export interface Wanted {
  readonly template: Candidate
  /** Undefined: there is none yet. */
  readonly live: LiveReviewStack | undefined
  readonly note: string | undefined
}

/**
 * Of an open pull request, before anything is done: what is wanted still has to be trusted.
 *
 * @param event What the host answered, whatever had been told: a late word of a close does not close it.
 */
export function wantedReviewStacks(
  event: PullRequestEvent,
  candidates: readonly Candidate[],
  live: readonly LiveReviewStack[],
  tally: Tally,
): readonly Wanted[] {
  const action = event.action === 'closed' ? 'updated' : event.action
  return candidates.flatMap((template) => {
    const own = live.find(({ templateId }) => templateId === template.stackId)
    if (own === undefined && !template.rule.pullRequestTemplate) return []
    const options = { listedAtMost: Number.POSITIVE_INFINITY }
    const decision = decideReviewStack({ ...event, action }, template.rule, own !== undefined, options)
    if ('ignored' in decision) {
      tally.ignored(decision.ignored)
      return []
    }
    return decision.review === 'destroy' ? [] : [{ template, live: own, note: decision.note }]
  })
}

/** Only what is trusted comes here. */
export async function deployReviewStack(
  services: RequestServices,
  host: GitHost,
  { template, live, note }: Wanted,
  event: PullRequestEvent,
  moves: number,
): Promise<ReturnType<typeof makeReviewStack>> {
  const { pullRequest, repository } = event
  const proposed: Proposed = {
    repository,
    pullRequest: pullRequest.number,
    commit: pullRequest.headCommit,
    ref: `refs/heads/${pullRequest.headBranch}`,
    author: pullRequest.author,
    title: pullRequest.title,
    note,
    key: keyOf(event, moves),
  }
  return live
    ? updateReviewStack(services, host, live, proposed)
    : makeReviewStack(services, host, template, proposed)
}

/** Nothing is made for a stranger's commit: what is written is that it waits, where its update will be reported. */
export async function sayReviewWaits(
  { db }: Pick<RequestServices, 'db'>,
  { id: hostId }: GitHost,
  { template, live }: Wanted,
  event: PullRequestEvent,
  { moves, why, asks }: { readonly moves: number; readonly why: string; readonly asks: string },
) {
  const { repository, pullRequest } = event
  const stack = live ? fullNameOf(live) : firstNameOf(template, event)
  if (live && (await wasDeployed(db, { stackId: live.stackId, hostId, key: keyOf(event, moves) })))
    return { stack, result: 'deployed-before' } as const
  await reportWaiting(db, { hostId, repository, pullRequest, stack, operation: 'update', sentence: asks })
  return { stack, result: 'waits', message: why } as const
}

function firstNameOf({ stack }: Candidate, { repository, pullRequest }: PullRequestEvent): string {
  const [organization, project, template = ''] = stack.split('/')
  const [name] = reviewStackNames(repository, pullRequest.number, template)
  return `${organization}/${project}/${name}`
}

/** A head that comes back is deployed again. */
function keyOf({ pullRequest: { number, headCommit, baseBranch } }: PullRequestEvent, moves: number): string {
  return `review:${number}:${headCommit}:${baseBranch}#${moves}`
}
