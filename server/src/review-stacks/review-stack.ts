/**
 * Review stacks: a stack of its own for a pull request, made after the template that asks for it, kept at the pull request's
 * commit and destroyed with it.
 *
 * Owns: which pull request has which stack and since when it has none, the names, what is copied from the template, and how
 * often a destruction is tried. Does not own: whether a pull request gets one (git-push/review-rules), nor whether what it
 * contains is trusted (pull-requests/trust): nothing here is called before that.
 *
 * In prose: a review stack lives while its pull request is open. When that is closed, a `destroy` with `deleteAfterDestroy`
 * follows, at the last commit that was trusted, never at one that nobody looked at. If it fails, the stack stays and it is
 * asked for again, {@link MOST_DESTROYS} times in all. The row stays when the stack is gone: the name is known to be that
 * pull request's, so that its retirement is lifted when it is reopened, and for nobody else.
 */
import { createHash } from 'node:crypto'
import type { CommitId, RepositoryName } from '../git-events/git-event.ts'

export const MOST_LIVE = 20
export const MOST_DESTROYS = 3

export interface ReviewStack {
  readonly id: string
  readonly organization: string
  /** Null: it is gone. */
  readonly templateId: string | null
  /** `organization/project/stack`. */
  readonly template: string
  readonly repository: RepositoryName
  readonly pullRequest: number
  readonly project: string
  readonly name: string
  /** Null: the stack is gone. */
  readonly stackId: string | null
  readonly commit: CommitId
  readonly ref: string
  readonly destroys: number
  /** Whether its destruction waits or runs. */
  readonly isDestroying: boolean
}

export type LiveReviewStack = ReviewStack & { readonly stackId: string }

export function isLive(review: ReviewStack): review is LiveReviewStack {
  return review.stackId !== null
}

export function fullNameOf({
  organization,
  project,
  name,
}: Pick<ReviewStack, 'organization' | 'project' | 'name'>): string {
  return `${organization}/${project}/${name}`
}

const LONGEST_NAME = 100

/**
 * The names that it may have, the best first: `pr-<owner>-<repository>-<number>`, and for a second template of the same
 * project, or where a person has that one, with the template's name behind it.
 */
export function reviewStackNames(
  repository: string,
  pullRequest: number,
  template: string,
): readonly [string, string] {
  const plain = `pr-${wordOf(repository.toLowerCase())}-${pullRequest}`
  return [fitting(plain), fitting(`${plain}-${wordOf(template)}`)]
}

function wordOf(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
}

/** Two long names that begin alike stay apart. */
function fitting(name: string): string {
  if (name.length <= LONGEST_NAME) return name
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12)
  return `${name.slice(0, LONGEST_NAME - digest.length - 1)}-${digest}`
}
