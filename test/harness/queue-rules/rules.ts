/**
 * The queue's rules, as a table: what each says, and how it is seen to be broken.
 *
 * They are written from what is promised to users, and know nothing of how the queue does it. Some can be judged only
 * when one thing happens at a time; the others hold whatever happens beside each other.
 */
import { LEASE_SECONDS, MOVES, UNSTARTED_DAYS } from '../../../server/src/deployments/deployment.ts'
import type { Outcome } from './actions.ts'
import { isLive, isOver, type Move, mayBeClaimed, type Picture, type PicturedDeployment } from './picture.ts'

/** What happened between two pictures. */
export interface Step {
  readonly before: Picture
  readonly after: Picture
  readonly outcomes: readonly Outcome[]
  readonly moves: readonly Move[]
  /** All that were ever asked for, in the order of the answers. */
  readonly requests: readonly string[]
  /** Pools whose runners were woken. */
  readonly woken: ReadonlySet<string>
  /** The reaper could not have heard of runners before this step, and so must spare them once. */
  readonly wasAway: boolean
}

export interface Rule {
  readonly says: string
  /** Only one thing happened. */
  readonly alone: boolean
  /** One sentence for each way in which it is broken. */
  readonly broken: (step: Step) => Iterable<string>
}

export const RULES: readonly Rule[] = [
  { says: 'a stack has at most one that is ready, accepted or running', alone: false, broken: crowdedStacks },
  { says: 'the first of a stack that is not over is the one that is taken', alone: false, broken: overtaken },
  { says: 'a stack with something to do is never idle', alone: false, broken: idleStacks },
  { says: 'only legal moves, and nothing begins twice', alone: false, broken: illegalMoves },
  { says: 'nothing is lost, and what is over stays as it is', alone: false, broken: losses },
  { says: 'an organization counts what it runs, up to its limit', alone: false, broken: miscounts },
  { says: 'whatever waits says why', alone: false, broken: unexplainedWaits },
  { says: 'each move has its reason', alone: true, broken: unexplainedMoves },
  {
    says: 'a claim takes the oldest that may begin, whatever its organization',
    alone: true,
    broken: unfairClaims,
  },
  {
    says: 'only the latest claim of a deployment is heard, while its lease lives',
    alone: true,
    broken: wronglyHeard,
  },
  { says: 'whoever may begin wakes a runner', alone: true, broken: sleepers },
  { says: 'a sweep leaves nothing that is overdue', alone: true, broken: overdue },
]

function* crowdedStacks({ after }: Step): Iterable<string> {
  for (const [stackId, all] of byStack(after)) {
    const heads = all.filter((one) => one.status === 'ready' || isLive(one))
    if (heads.length > 1) yield `stack ${stackId} has ${heads.map(named).join(' and ')}`
  }
}

function* overtaken({ after }: Step): Iterable<string> {
  for (const all of byStack(after).values()) {
    const [first, ...others] = all.filter((one) => !isOver(one))
    const taken = others.find((one) => one.status !== 'waiting')
    if (first && taken) yield `${named(taken)} is before ${named(first)}`
  }
}

function* idleStacks({ after }: Step): Iterable<string> {
  for (const all of byStack(after).values()) {
    const [first] = all.filter((one) => !isOver(one))
    if (first?.status === 'waiting') yield `${named(first)} waits for nothing`
  }
}

function* illegalMoves({ after }: Step): Iterable<string> {
  const begun = new Set<string>()
  for (const { id, before, after: to } of after.moves) {
    if (!(to in MOVES[before])) yield `${id} went from ${before} to ${to}`
    if (to === 'running' && begun.has(id)) yield `${id} began twice`
    if (to === 'running') begun.add(id)
  }
}

function* losses({ before, after, requests }: Step): Iterable<string> {
  for (const id of requests) if (!after.deployments.has(id)) yield `${id} is gone`
  for (const old of before.deployments.values()) {
    const now = after.deployments.get(old.id)
    if (now && isOver(old) && now.status !== old.status) yield `${named(old)} became ${now.status}`
    if (now && now.fencing < old.fencing) yield `${named(old)} has the number of an older claim`
  }
}

function* miscounts({ after }: Step): Iterable<string> {
  for (const organization of after.organizations.values()) {
    const all = [...after.deployments.values()].filter((one) => one.organizationId === organization.id)
    const live = all.filter(isLive).length
    if (live !== organization.counted)
      yield `${organization.id} runs ${live} and counts ${organization.counted}`
    if (live > organization.limit) yield `${organization.id} runs ${live} and may run ${organization.limit}`
  }
}

/** The reasons in the order in which they are told, and when each is true. */
const REASONS: Readonly<Record<string, (picture: Picture, one: PicturedDeployment) => boolean>> = {
  stack_paused: ({ stacks }, one) => stacks.get(one.stackId)?.paused === true,
  organization_paused: ({ organizations }, one) => organizations.get(one.organizationId)?.paused === true,
  deployment: (picture, one) => firstOf(picture, one).id !== one.id,
  organization_limit: ({ organizations }, one) => {
    const organization = organizations.get(one.organizationId)
    return organization !== undefined && organization.counted >= organization.limit
  },
  runner: (picture, one) => mayBeClaimed(picture, one),
}

function* unexplainedWaits({ after }: Step): Iterable<string> {
  for (const one of after.deployments.values()) {
    const told = after.waits.get(one.id)
    const waits = one.status === 'waiting' || one.status === 'ready'
    if (!waits && told) yield `${named(one)} is said to wait`
    if (!waits) continue
    const reason = Object.entries(REASONS).find(([, isTrue]) => isTrue(after, one))?.[0]
    const heard = told?.reason === 'no_runner' ? 'runner' : told?.reason
    if (heard !== reason) yield `${named(one)} waits for ${reason}, but is said to wait for ${told?.reason}`
    if (told?.deployment && told.deployment.id !== firstOf(after, one).id)
      yield `${named(one)} is said to wait for ${told.deployment.id}, which is not the first`
  }
}

/** Which moves an action may cause, beside a next one of the stack that becomes ready. */
const CAUSES: Readonly<
  Record<string, (step: Step, outcome: Outcome, move: Move, one: PicturedDeployment) => boolean>
> = {
  request: ({ after }, { action, deploymentId }, { after: to }, one) => {
    const newer = deploymentId === undefined ? undefined : after.deployments.get(deploymentId)
    const skips = action.do === 'request' && action.skip && newer !== undefined
    return skips && to === 'skipped' && sameWork(one, newer) && one.seq < newer.seq
  },
  claim: (_, { deploymentId }, { id, after: to }) => id === deploymentId && to === 'accepted',
  start: (_, { deploymentId, heard }, { id, after: to }) =>
    heard === true && id === deploymentId && to === 'running',
  finish: (_, { action, deploymentId, heard }, { id, after: to }) =>
    heard === true && id === deploymentId && action.do === 'finish' && to === action.result,
  leave: (_, { deploymentId, heard }, { id, before, after: to }) =>
    heard === true && id === deploymentId && before === 'accepted' && to === 'ready',
  cancel: (_, { deploymentId }, { id, before, after: to }) =>
    id === deploymentId && before !== 'running' && to === 'failed',
  sweep: ({ after, wasAway }, _, { before, after: to }, one) => {
    const isSilent = !wasAway && one.leaseUntil !== null && one.leaseUntil <= after.at
    const ranOut = one.runsUntil !== null && one.runsUntil <= after.at
    if (before === 'accepted') return to === 'ready' && isSilent
    if (before === 'running') return to === 'failed' && (isSilent || ranOut)
    return to === 'skipped' && one.createdAt + UNSTARTED_DAYS * 24 * 3600 < after.at
  },
}

function* unexplainedMoves(step: Step): Iterable<string> {
  for (const move of step.moves) {
    const one = step.before.deployments.get(move.id) ?? step.after.deployments.get(move.id)
    if (one === undefined || (move.before === 'waiting' && move.after === 'ready')) continue
    const isCaused = step.outcomes.some((outcome) => CAUSES[outcome.action.do]?.(step, outcome, move, one))
    if (!isCaused) yield `${move.id} went from ${move.before} to ${move.after}`
  }
}

function* unfairClaims({ before, outcomes }: Step): Iterable<string> {
  for (const { action, deploymentId, poolId } of outcomes) {
    if (action.do !== 'claim') continue
    const able = [...before.deployments.values()].filter(
      (one) => one.poolId === poolId && mayBeClaimed(before, one),
    )
    const oldest = able.toSorted((a, b) => a.seq - b.seq)[0]
    if (oldest?.id !== deploymentId) yield `${deploymentId} was taken instead of ${oldest?.id}`
  }
}

function* wronglyHeard({ before, after, outcomes }: Step): Iterable<string> {
  for (const { action, held, heard } of outcomes) {
    const one = held && before.deployments.get(held.id)
    if (held === undefined || one === undefined || action.do === 'claim') continue
    if (one.leaseUntil !== null && one.leaseUntil > before.at && one.leaseUntil <= after.at) continue // at that moment
    // Said again, for the answer may have been lost: it changes nothing, whatever the answer.
    if (action.do === 'finish' && one.status === action.result) continue
    const isHeld = one.fencing === held.fencing && one.leaseUntil !== null && one.leaseUntil > after.at
    const may = {
      start: isHeld,
      beat: isHeld && one.status === 'running',
      write: isHeld && one.status === 'running',
      finish: isHeld && one.status === 'running',
      leave: one.fencing === held.fencing && one.status === 'accepted',
    }[action.do as 'start' | 'beat' | 'write' | 'finish' | 'leave']
    if (heard !== may) yield `a ${action.do} for ${named(one)} was ${heard ? 'heard' : 'refused'}`
  }
}

function* sleepers({ before, after, woken }: Step): Iterable<string> {
  for (const one of after.deployments.values()) {
    const old = before.deployments.get(one.id)
    const isNew = mayBeClaimed(after, one) && !(old && mayBeClaimed(before, old))
    if (isNew && !woken.has(one.poolId)) yield `${named(one)} may begin, and no runner of its pool knows`
  }
}

function* overdue({ before, after, outcomes, wasAway }: Step): Iterable<string> {
  if (!outcomes.some(({ action }) => action.do === 'sweep')) return
  for (const one of after.deployments.values()) {
    if (one.leaseUntil !== null && one.leaseUntil <= before.at) yield `the lease of ${named(one)} is over`
    if (wasAway) continue
    if (one.leaseUntil !== null && one.leaseUntil > after.at + LEASE_SECONDS)
      yield `the lease of ${named(one)} has ${one.leaseUntil - after.at} s to go`
    if (one.status === 'running' && one.runsUntil !== null && one.runsUntil <= before.at)
      yield `the timeout of ${named(one)} is over`
    const expiresAt = one.createdAt + UNSTARTED_DAYS * 24 * 3600
    if ((one.status === 'waiting' || one.status === 'ready') && expiresAt < before.at)
      yield `${named(one)} waits for longer than a week`
  }
}

function byStack({ deployments }: Picture): ReadonlyMap<string, PicturedDeployment[]> {
  return Map.groupBy(deployments.values(), ({ stackId }) => stackId)
}

function firstOf(picture: Picture, one: PicturedDeployment): PicturedDeployment {
  return (
    byStack(picture)
      .get(one.stackId)
      ?.find((other) => !isOver(other)) ?? one
  )
}

function sameWork(one: PicturedDeployment, other: PicturedDeployment): boolean {
  return one.stackId === other.stackId && one.operation === other.operation
}

function named({ id, status }: PicturedDeployment): string {
  return `${id} (${status})`
}
