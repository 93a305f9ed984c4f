/**
 * What an event means for a template stack: whether a pull request gets a review stack, an update of it, or its end.
 *
 * Labels, path filters and the base branch choose which pull requests get one. A pull request that has its review stack
 * keeps it up to date whatever its labels and base are meanwhile, for a stack that is half forgotten is worse than one too
 * many; and closing it ends the stack whatever the settings say by then.
 */
import type { CommitId, PullRequestEvent } from '../git-events/git-event.ts'
import {
  type DeciderOptions,
  type Ignored,
  ignore,
  judgedOf,
  matchFiles,
  unreadyPullRequest,
} from './rules.ts'
import type { StackRule } from './stack-rule.ts'

export type ReviewDecision =
  | {
      readonly review: 'create' | 'update'
      readonly pullRequest: number
      readonly commit: CommitId
      readonly note: string | undefined
    }
  | { readonly review: 'destroy'; readonly pullRequest: number }
  | Ignored

/**
 * @param rule Of the template.
 * @param exists Whether the pull request has a review stack of this template.
 */
export function decideReviewStack(
  event: PullRequestEvent,
  rule: StackRule,
  exists: boolean,
  options: DeciderOptions = {},
): ReviewDecision {
  const { number, headCommit, state, labels } = event.pullRequest
  if (exists) {
    if (event.action === 'closed' || state === 'closed') return { review: 'destroy', pullRequest: number }
    if (event.action === 'labeled' || event.action === 'edited')
      return ignore('pull_request_unchanged', 'Neither labels nor titles change what is deployed.')
    return { review: 'update', pullRequest: number, commit: headCommit, note: undefined }
  }
  if (!rule.pullRequestTemplate) return ignore('no_template', 'The stack is no template of review stacks.')
  const unready = unreadyPullRequest(event, rule)
  if (unready !== undefined) return unready
  const wanted = rule.reviewStackLabels
  if (wanted.length > 0 && !wanted.some((label) => labels.includes(label))) {
    return ignore('no_label_matches', `The pull request has none of the labels ${wanted.join(', ')}.`)
  }
  const { files, budget } = judgedOf(event, options)
  const match = matchFiles(rule.paths, files, budget)
  if ('ignored' in match) return match
  return { review: 'create', pullRequest: number, commit: headCommit, note: match.note }
}
