/**
 * Makes a review stack with its settings and its first deployment, or deploys one that is there at another commit: each in
 * one transaction, so that there is never a stack that nothing was deployed to. What it deploys is trusted already.
 */
import { memberOf } from '../access/organization.ts'
import { canWriteStack } from '../access/permission.ts'
import { actingUser } from '../access/person.ts'
import type { UserPrincipal } from '../access/principal.ts'
import { stackPlaceOf } from '../access/stack-place.ts'
import type { Queryable } from '../db/database.ts'
import { isLockNotAvailable } from '../db/errors.ts'
import type { GitFacts } from '../deployments/git-facts.ts'
import { cancelReviewUpdates } from '../deployments/git-previews.ts'
import type { RequestServices } from '../deployments/request.ts'
import type { CommitId, RepositoryName } from '../git-events/git-event.ts'
import { cloneUrlOf, type GitHost } from '../git-hosts/git-host.ts'
import { type Asked, deployIn, HELD } from '../git-push/deploy.ts'
import { isRefusal } from '../refuse.ts'
import { adjustSettings, copySettings } from '../settings/copy.ts'
import { createStackIn, STACK_EXISTS } from '../stacks/create.ts'
import { holdStack } from '../stacks/stack.ts'
import { atCommit, reviewSettingsOf } from './inherit.ts'
import {
  countLive,
  holdReviewStack,
  isNameFree,
  liftOwnRetirement,
  noteCommit,
  reviewStacksOf,
  saveReviewStack,
} from './review-stack.sql.ts'
import {
  fullNameOf,
  isLive,
  type LiveReviewStack,
  type ReviewStack,
  reviewStackNames,
} from './review-stack.ts'
import { templateRules } from './rules.sql.ts'

/** A trusted commit of a pull request. */
export interface Proposed {
  readonly repository: RepositoryName
  readonly pullRequest: number
  readonly commit: CommitId
  readonly ref: string
  readonly author: string
  readonly title: string
  readonly note: string | undefined
  /** The same for the same move of the pull request. */
  readonly key: string
}

export interface Template {
  readonly stackId: string
  /** `organization/project/stack`. */
  readonly stack: string
}

class Refused extends Error {}

/** @returns What was asked, of the review stack's name, or of the template's where there is none. */
export async function makeReviewStack(
  services: RequestServices,
  host: GitHost,
  template: Template,
  proposed: Proposed,
): Promise<Asked> {
  return orHeld(template.stack, () =>
    services.db.transaction((tx) => makeIn(tx, services, host, template, proposed)),
  )
}

/** What was refused has left nothing behind. */
export async function orHeld(stack: string, act: () => Promise<Asked>): Promise<Asked> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof Refused) return { stack, result: 'refused', message: error.message }
    if (!isLockNotAvailable(error)) throw error
    return { stack, result: 'refused', message: HELD, tryAgain: true }
  }
}

async function makeIn(
  tx: Queryable,
  services: RequestServices,
  host: GitHost,
  template: Template,
  proposed: Proposed,
): Promise<Asked> {
  const { pullRequest, repository, commit, ref } = proposed
  await tx.query(`select set_config('lock_timeout', '2s', true)`)
  // One after the other: the limit counts, and no two make the same.
  if (!(await holdStack(tx, template.stackId))) throw new Refused('The template is gone.')
  const known = await reviewStacksOf(tx, { hostId: host.id, repository, pullRequest })
  const before = known.find(({ templateId }) => templateId === template.stackId)
  if (before && isLive(before)) return updateIn(tx, services, host, before, proposed)
  const person = await makerOf(tx, host, template)
  const { mostLive, inheritsOidc } = await templateRules(tx, template.stackId)
  if ((await countLive(tx, template.stackId)) >= mostLive) {
    throw new Refused(
      `No review stack was made: ${template.stack} has ${mostLive} already, which is its limit. Close a pull request, or raise the limit.`,
    )
  }
  const stackId = services.randomUuid()
  if (before) await liftOwnRetirement(tx, before.id)
  const { project, name } = await named(tx, person, host.organizationId, template, proposed, stackId, before)
  const inherited = { commit, pullRequest, inheritsOidc }
  const refusal = await copySettings(tx, services.secrets, {
    from: template.stackId,
    to: stackId,
    source: originOf(host),
    userId: person.userId,
    change: (settings) => reviewSettingsOf(settings, inherited),
  })
  if (refusal) throw new Refused(refusal.message)
  const ownsName = await saveReviewStack(tx, {
    id: before?.id ?? services.randomUuid(),
    organizationId: host.organizationId,
    templateId: template.stackId,
    template: template.stack,
    hostId: host.id,
    ...{ repository, pullRequest, project, name, stackId, commit, ref },
  })
  const [organization = ''] = template.stack.split('/')
  const review = { organization, project, name, stackId, template: template.stack }
  const notes = [proposed.note, ownsName ? undefined : NAME_WAS_ANOTHERS].filter((note) => note !== undefined)
  return deployed(await deployAt(tx, services, host, review, withNote(proposed, notes)))
}

/** Deploys a review stack that is there; the newest commit is what counts. */
export async function updateReviewStack(
  services: RequestServices,
  host: GitHost,
  review: LiveReviewStack,
  proposed: Proposed,
): Promise<Asked> {
  const { stackId } = review
  const asked = await orHeld(fullNameOf(review), () =>
    services.db.transaction((tx) => updateIn(tx, services, host, review, proposed)),
  )
  if (asked.result === 'deployed') {
    const by = 'a newer commit of the pull request'
    await cancelReviewUpdates(services, { stackId, exceptCommit: proposed.commit, by })
  }
  return asked
}

async function updateIn(
  tx: Queryable,
  services: RequestServices,
  host: GitHost,
  { id, stackId }: LiveReviewStack,
  proposed: Proposed,
): Promise<Asked> {
  await tx.query(`select set_config('lock_timeout', '2s', true)`)
  await holdStack(tx, stackId)
  const review = await holdReviewStack(tx, id)
  if (!review || !isLive(review)) throw new Refused('The review stack is gone.')
  const stack = fullNameOf(review)
  if (review.isDestroying) {
    const message = 'It is being destroyed, as its pull request was closed; trying again when that has ended.'
    return { stack, result: 'refused', message, tryAgain: true }
  }
  const { commit } = proposed
  const asked = deployed(await deployAt(tx, services, host, review, proposed, commit))
  if (asked.result === 'deployed') await noteCommit(tx, id, proposed)
  return asked
}

type Deployed = Pick<LiveReviewStack, 'organization' | 'project' | 'name' | 'stackId' | 'template'>

/** @param at The saved settings are moved to this commit first. */
async function deployAt(
  tx: Queryable,
  services: RequestServices,
  host: GitHost,
  review: Deployed,
  proposed: Proposed,
  at?: CommitId,
): Promise<Asked> {
  const { key, note, author } = proposed
  if (at !== undefined && host.actsFor !== null) {
    await adjustSettings(tx, { stackId: review.stackId, userId: host.actsFor }, (saved) =>
      atCommit(saved, at),
    )
  }
  return deployIn(
    tx,
    services,
    host,
    { stackId: review.stackId, stack: fullNameOf(review) },
    {
      operation: 'update',
      trigger: 'review-stack',
      initiator: author,
      key,
      note,
      git: reviewFacts(host, review, proposed),
    },
  )
}

export function reviewFacts(
  host: GitHost,
  { template }: Pick<ReviewStack, 'template'>,
  { repository, pullRequest, commit, ref, author, title }: Omit<Proposed, 'key' | 'note'>,
): GitFacts {
  return {
    hostId: host.id,
    repository,
    repositoryUrl: cloneUrlOf(host, repository),
    event: 'review-stack',
    ...{ commit, ref, pullRequest, templateStack: template },
    ...(author !== '' && { author }),
    ...(title !== '' && { message: title.slice(0, 500) }),
  }
}

function deployed(asked: Asked): Asked {
  if (asked.result === 'refused') throw new Refused(asked.message)
  return asked
}

/** Whoever connected the host, if they may write the template, whose secrets the copy has. */
async function makerOf(tx: Queryable, { actsFor }: GitHost, template: Template): Promise<UserPrincipal> {
  const person = actsFor === null ? undefined : await actingUser(tx, actsFor)
  if (!person) throw new Refused('Whoever connected the git host is gone: an admin has to change it once.')
  const place = await stackPlaceOf(tx, template.stackId)
  if (!place || !canWriteStack(person, place))
    throw new Refused(`${person.login}, who connected the git host, may not write the template.`)
  return person
}

async function named(
  tx: Queryable,
  person: UserPrincipal,
  organizationId: string,
  template: Template,
  { repository, pullRequest }: Proposed,
  id: string,
  before: ReviewStack | undefined,
): Promise<{ readonly project: string; readonly name: string }> {
  const [organization = '', project = '', templateName = ''] = template.stack.split('/')
  const membership = memberOf(person, organization)
  if (isRefusal(membership)) throw new Refused(membership.message)
  const tags = {
    'daypass:reviewStackOf': template.stack.slice(-256),
    'daypass:pullRequest': `${repository}#${pullRequest}`.slice(-256),
  }
  const names = reviewStackNames(repository, pullRequest, templateName)
  const first = before?.project === project ? [before.name] : []
  for (const name of [...first, ...names]) {
    if (!(await isNameFree(tx, { organizationId, project, name }, before?.id))) continue
    const request = { id, organization, project, stack: name, tags, teams: [], state: undefined }
    const refusal = await createStackIn(tx, person, request)
    if (refusal === undefined) return { project, name }
    if (refusal.reason !== STACK_EXISTS) throw new Refused(refusal.message)
  }
  throw new Refused(
    `No review stack was made: there are other stacks of the names ${names.join(' and ')} in ${project}. Rename or remove one.`,
  )
}

function withNote(proposed: Proposed, notes: readonly string[]): Proposed {
  return { ...proposed, note: notes.length === 0 ? undefined : notes.join(' ') }
}

const NAME_WAS_ANOTHERS =
  'Another stack of this name was removed before, so that it gets no token until an organization admin releases the name.'

const ORIGINS = {
  'github-app': 'github-review-stack',
  github: 'github-review-stack',
  'github-enterprise': 'github-review-stack',
  gitlab: 'gitlab-review-stack',
  bitbucket: 'bitbucket-review-stack',
  'azure-devops': 'azure-devops-review-stack',
} as const

/** Pulumi has no word for the others. */
function originOf({ kind }: GitHost) {
  return kind in ORIGINS ? ORIGINS[kind as keyof typeof ORIGINS] : 'api'
}
