/** What is made of pushes and tags: which stacks they concern, whether they were overtaken, and a deployment for each. */
import type { RequestServices } from '../deployments/request.ts'
import type { EventContext, Handled } from '../git-deliveries/delivery.ts'
import type { ChangedFiles, Push, TagPush } from '../git-events/git-event.ts'
import { type HostApi, isHostRefusal } from '../git-hosts/adapter.ts'
import { cloneUrlOf, type GitHost } from '../git-hosts/git-host.ts'
import type { ReachedHost } from '../git-hosts/reach.ts'
import { type Candidate, candidatesFor, hasPathFilters } from './candidates.ts'
import { deployStack } from './deploy.ts'
import { nothingToDo, Tally } from './outcome.ts'
import { FILES_LISTED_AT_MOST } from './path-filter.ts'
import { placePush } from './place.ts'
import { type Decision, type DeployBranch, type DeployTag, deciderOf } from './rules.ts'

export async function handlePush(
  services: RequestServices,
  context: EventContext,
  { host, api }: ReachedHost,
  event: Push,
): Promise<Handled> {
  const { repository, branch, after } = event
  const candidates = await candidatesFor(services.db, context, repository)
  if (candidates.length === 0) return nothingToDo(NOBODY)
  const tally = new Tally()
  const deployed = candidates.filter(({ rule }) => rule.branch === branch)
  if (deployed.length === 0) {
    for (const { rule } of candidates) tally.ignored(rule.branch === undefined ? 'no_branch' : 'other_branch')
    return tally.handled()
  }
  const key = { hostId: host.id, repository, ref: `refs/heads/${branch}` }
  const placed = await placePush(services.db, key, event, async () => {
    const head = await api.branchHead(repository, branch)
    return isHostRefusal(head) ? 'unknown' : head?.commit
  })
  if (placed.kind === 'overtaken') {
    const message = `${branch} had moved on from ${after?.slice(0, 12) ?? 'here'} before this was heard of.`
    for (const { stack } of deployed) tally.asked({ stack, result: 'superseded', message })
    return tally.handled()
  }
  const judged = { ...event, changedFiles: await filesOf(api, event, deployed, tally) }
  // Others list all files, or say that they do not.
  const isGitHub = host.kind.startsWith('github')
  const decide = deciderOf(judged, {
    listedAtMost: isGitHub ? FILES_LISTED_AT_MOST : Number.POSITIVE_INFINITY,
  })
  for (const candidate of candidates) {
    const decision = decide(candidate.rule)
    await follow(services, host, { event, candidate, decision, moves: placed.moves }, tally)
  }
  return tally.handled()
}

/** Asked only where it decides something. What the host does not tell may be anything: the rules then deploy. */
async function filesOf(
  api: HostApi,
  { changedFiles, repository, before, after, forced }: Push,
  candidates: readonly Candidate[],
  tally: Tally,
): Promise<ChangedFiles> {
  if (changedFiles !== 'unknown' || before === undefined || after === undefined) return changedFiles
  if (forced || !candidates.some(hasPathFilters)) return 'unknown'
  const files = await api.changedFiles(repository, before, after)
  if (!isHostRefusal(files)) return files
  tally.problem(`Which files changed could not be asked. ${files.sentence}`)
  return 'unknown'
}

export async function handleTag(
  services: RequestServices,
  context: EventContext,
  { host }: ReachedHost,
  event: TagPush,
): Promise<Handled> {
  const candidates = await candidatesFor(services.db, context, event.repository)
  if (candidates.length === 0) return nothingToDo(NOBODY)
  const tally = new Tally()
  const decide = deciderOf(event)
  for (const candidate of candidates) {
    const decision = decide(candidate.rule)
    await follow(services, host, { event, candidate, decision, moves: undefined }, tally)
  }
  return tally.handled()
}

interface Followed {
  readonly event: Push | TagPush
  readonly candidate: Candidate
  readonly decision: Decision
  /** Of the branch: the same two commits may follow on each other twice. */
  readonly moves: number | undefined
}

async function follow(
  services: RequestServices,
  host: GitHost,
  { event, candidate, decision, moves }: Followed,
  tally: Tally,
): Promise<void> {
  if ('ignored' in decision) {
    tally.ignored(decision.ignored)
    return
  }
  if (decision.event === 'pull-request') throw new Error('A push asks for no preview of a pull request.')
  const asked = await deployStack(services, host, candidate, {
    operation: decision.deploy,
    trigger: 'git-push',
    initiator: event.sender ?? host.kind,
    // Whoever tells of a move may have seen another commit before it: its number says which one it was.
    key: moves === undefined ? decision.triggerKey : `push:${decision.ref}:${decision.commit}#${moves}`,
    note: decision.note,
    git: factsOf(host, event, decision),
  })
  tally.asked(asked)
}

function factsOf(host: GitHost, event: Push | TagPush, decision: DeployBranch | DeployTag) {
  const { repository, sender } = event
  const [message] = event.kind === 'push' ? event.headMessage.split('\n') : []
  return {
    hostId: host.id,
    repository,
    repositoryUrl: cloneUrlOf(host, repository),
    event: decision.event,
    commit: decision.commit,
    ref: decision.ref,
    ...(sender !== undefined && { author: sender }),
    ...(message !== undefined && message !== '' && { message: message.slice(0, 500) }),
  }
}

const NOBODY = 'No stack’s settings name this repository by a gitHub or vcs block that this host serves.'
