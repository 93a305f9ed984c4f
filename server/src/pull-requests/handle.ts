/** What is made of an event on a pull request: previews and review stacks where they are wanted, once it is trusted. */
import { cancelGitPreviews } from '../deployments/git-previews.ts'
import type { RequestServices } from '../deployments/request.ts'
import type { EventContext, Handled, StackOutcome } from '../git-deliveries/delivery.ts'
import type { ChangedFiles, PullRequestEvent, PullRequestNews } from '../git-events/git-event.ts'
import { type HostApi, isHostRefusal } from '../git-hosts/adapter.ts'
import { cloneUrlOf, type GitHost } from '../git-hosts/git-host.ts'
import type { ReachedHost } from '../git-hosts/reach.ts'
import { type Candidate, candidatesFor, hasPathFilters } from '../git-push/candidates.ts'
import { deployStack, wasDeployed } from '../git-push/deploy.ts'
import { nothingToDo, Tally } from '../git-push/outcome.ts'
import { deciderOf, type PreviewPullRequest } from '../git-push/rules.ts'
import { reportWaiting } from '../git-reports/waiting.ts'
import {
  deployReviewStack,
  endReviewStacks,
  liveReviewStacks,
  sayReviewWaits,
  wantedReviewStacks,
} from '../review-stacks/follow.ts'
import type { LiveReviewStack } from '../review-stacks/review-stack.ts'
import { askPullRequest } from './ask.ts'
import { closePullRequest, notePullRequest } from './pull-request.sql.ts'
import type { KnownPullRequest } from './pull-request.ts'
import { type Trust, trustOf } from './trust.ts'

/** Also after an approval, with the event made up: only what the host answers counts. */
export async function handlePullRequest(
  services: RequestServices,
  context: EventContext,
  eventHost: ReachedHost,
  told: PullRequestNews,
): Promise<Handled> {
  const { db, randomUuid } = services
  const { host, api } = eventHost
  const { repository } = told
  const candidates = await candidatesFor(db, context, repository)
  const { number } = told.pullRequest
  const reviews = await liveReviewStacks(services, { hostId: host.id, repository, pullRequest: number })
  if (candidates.length === 0 && reviews.length === 0)
    return nothingToDo('No stack’s settings name this repository.')
  const facts = await askPullRequest(api, repository, number)
  if (isHostRefusal(facts)) {
    const problem = `The pull request could not be asked for, so that nothing was done. ${facts.sentence}`
    return { outcome: { problem }, tryAgain: facts.code !== 'HOST_NOT_OFFERED' }
  }
  const isOpen = facts?.state === 'open'
  await cancelGitPreviews(services, {
    hostId: host.id,
    stackIds: candidates.map(({ stackId }) => stackId),
    pullRequest: number,
    exceptCommit: isOpen ? facts.headCommit : undefined,
    by: isOpen ? 'a newer commit of the pull request' : 'the end of the pull request',
  })
  const tally = new Tally()
  if (facts === undefined) {
    await closePullRequest(db, { hostId: host.id, repository, number })
    if (reviews.length === 0) return nothingToDo('The pull request is not there any more.')
    await endReviewStacks(services, host, reviews, tally)
    return tally.handled()
  }
  const known = await notePullRequest(db, { id: randomUuid(), hostId: host.id, repository }, facts)
  if (!isOpen) await endReviewStacks(services, host, reviews, tally)
  const concerned = { candidates, reviews: isOpen ? reviews : [] }
  return deploy(services, eventHost, concerned, { ...told, pullRequest: facts }, known, tally)
}

interface Concerned {
  readonly candidates: readonly Candidate[]
  readonly reviews: readonly LiveReviewStack[]
}

async function deploy(
  services: RequestServices,
  { host, api }: ReachedHost,
  { candidates, reviews }: Concerned,
  event: PullRequestEvent,
  known: KnownPullRequest,
  tally: Tally,
): Promise<Handled> {
  const changedFiles = await filesOf(api, event, candidates, tally)
  // The list is whole, or unknown: see `HostApi.pullRequestFiles`.
  const judged = { ...event, pullRequest: { ...event.pullRequest, changedFiles } }
  const decide = deciderOf(judged, { listedAtMost: Number.POSITIVE_INFINITY })
  const wanted = candidates.flatMap((candidate) => {
    const decision = decide(candidate.rule)
    if ('ignored' in decision) tally.ignored(decision.ignored)
    return 'ignored' in decision || decision.event !== 'pull-request' ? [] : [{ candidate, decision }]
  })
  const isOpen = event.pullRequest.state === 'open'
  const wantedReviews = isOpen ? wantedReviewStacks(judged, candidates, reviews, tally) : []
  if (wanted.length === 0 && wantedReviews.length === 0) return tally.handled()
  const trust = await trustOf({ db: services.db, api }, event.repository, known)
  for (const { candidate, decision } of wanted) {
    const one = { event, decision, known }
    if (trust.trusted) tally.asked(await deployPreview(services, host, candidate, one))
    else tally.asked(await sayWaits(services, host, candidate, one, trust))
  }
  for (const review of wantedReviews) {
    const { moves } = known
    if (trust.trusted) tally.asked(await deployReviewStack(services, host, review, event, moves))
    else tally.asked(await sayReviewWaits(services, host, review, event, { ...trust, moves }))
  }
  return tally.handled()
}

/** Asked only where it decides something. */
async function filesOf(
  api: HostApi,
  { repository, pullRequest }: PullRequestEvent,
  candidates: readonly Candidate[],
  tally: Tally,
): Promise<ChangedFiles> {
  const isAsked = candidates.some(
    (one) => (one.rule.previewPullRequests || one.rule.pullRequestTemplate) && hasPathFilters(one),
  )
  if (!isAsked || pullRequest.state === 'closed') return 'unknown'
  const files = await api.pullRequestFiles(repository, pullRequest.number)
  if (!isHostRefusal(files)) return files
  tally.problem(`Which files changed could not be asked. ${files.sentence}`)
  return 'unknown'
}

interface Wanted {
  readonly event: PullRequestEvent
  readonly decision: PreviewPullRequest
  readonly known: KnownPullRequest
}

function deployPreview(
  services: RequestServices,
  host: GitHost,
  candidate: Candidate,
  { event: { repository, pullRequest }, decision, known }: Wanted,
) {
  const { author, headBranch, title } = pullRequest
  return deployStack(services, host, candidate, {
    operation: 'preview',
    trigger: 'pull-request',
    initiator: author,
    key: keyOf({ decision, known }),
    note: decision.note,
    git: {
      hostId: host.id,
      repository,
      repositoryUrl: cloneUrlOf(host, repository),
      event: 'pull-request',
      commit: decision.commit,
      ref: `refs/heads/${headBranch}`,
      pullRequest: decision.pullRequest,
      author,
      ...(title !== '' && { message: title.slice(0, 500) }),
    },
  })
}

/** A head that comes back is previewed again. */
function keyOf({ decision, known }: Pick<Wanted, 'decision' | 'known'>): string {
  return `${decision.triggerKey}#${known.moves}`
}

/** Nothing of a stranger's commit is run: what is written is that it waits, where its preview will be reported. */
async function sayWaits(
  { db }: RequestServices,
  { id: hostId }: GitHost,
  { stackId, stack }: Candidate,
  wanted: Wanted,
  { why, asks }: Exclude<Trust, { trusted: true }>,
): Promise<StackOutcome> {
  // It was trusted then, and the status of that preview says more.
  if (await wasDeployed(db, { stackId, hostId, key: keyOf(wanted) }))
    return { stack, result: 'deployed-before' }
  const { repository, pullRequest } = wanted.event
  await reportWaiting(db, { hostId, repository, pullRequest, stack, operation: 'preview', sentence: asks })
  return { stack, result: 'waits', message: why }
}
