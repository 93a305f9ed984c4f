/**
 * Git push to deploy: which stacks an event of a git host concerns, and what is asked of each.
 *
 * Owns: the decision on one stack (here and in review-rules), path and tag filters, the words that skip. Does not own: how
 * an event came (git-deliveries), how a host is asked (git-hosts), whether a pull request is trusted (pull-requests: a `preview`
 * decided here is requested only for one that is), nor the queue, which skips intermediate deployments.
 *
 * Pure, and each stack by itself. A push is one push, however many commits it has: what counts is the commit that the
 * branch has now, and the files that differ from the one it had. A default branch that is renamed is a deleted and a new
 * branch: nothing is deployed until the stack's settings name the new one.
 */
import type { CommitId, KnownEvent, PullRequestEvent, Push, TagPush } from '../git-events/git-event.ts'
import { type FilterProblem, type Filters, passesFilters } from '../globs/filters.ts'
import { type Budget, pathOf } from '../globs/glob.ts'
import { FILES_LISTED_AT_MOST, type FileList, fileList, judgeFiles } from './path-filter.ts'
import { skipWordIn } from './skip-words.ts'
import type { StackRule } from './stack-rule.ts'

interface Deploy {
  readonly commit: CommitId
  /** The same for the same move of a branch, tag or pull request, whoever tells of it and how often. */
  readonly triggerKey: string
  /** A sentence for the deployment's log; undefined when the event was clear. */
  readonly note: string | undefined
}
export interface DeployBranch extends Deploy {
  readonly deploy: 'update'
  readonly event: 'push'
  readonly branch: string
  readonly ref: `refs/heads/${string}`
}
export interface DeployTag extends Deploy {
  readonly deploy: 'update'
  readonly event: 'tag'
  readonly tag: string
  readonly ref: `refs/tags/${string}`
}
/** Of a pull request that has to be trusted first. */
export interface PreviewPullRequest extends Deploy {
  readonly deploy: 'preview'
  readonly event: 'pull-request'
  readonly pullRequest: number
}

export type IgnoredCode =
  | 'not_a_trigger'
  | 'branch_deleted'
  | 'tag_deleted'
  | 'no_branch'
  | 'other_branch'
  | 'commits_not_deployed'
  | 'tags_not_deployed'
  | 'pull_requests_not_previewed'
  | 'pull_request_closed'
  | 'pull_request_draft'
  | 'pull_request_unchanged'
  | 'other_base_branch'
  | 'skip_words'
  | 'no_file_matches'
  | 'tag_does_not_match'
  | 'bad_filter'
  // Of review stacks:
  | 'no_template'
  | 'no_label_matches'
export interface Ignored {
  readonly ignored: IgnoredCode
  /** For people who wonder why nothing happened: what to change if they wanted otherwise. */
  readonly sentence: string
}

export type Decision = DeployBranch | DeployTag | PreviewPullRequest | Ignored

export interface DeciderOptions {
  /** Where the host cuts off its lists of changed files. */
  readonly listedAtMost?: number
}

/** An event, made ready to be held against many stacks. */
export interface Judged<Event extends KnownEvent = KnownEvent> {
  readonly event: Event
  readonly files: FileList
  readonly budget: Budget
}

/** For all stacks of one event together: about a fifth of a second, and a thousand times what a usual one takes. */
const STEPS_OF_EVENT = 20_000_000
/** For one stack: there is one name only. */
const STEPS_OF_TAG = 1_000_000

/** The decision on one event, for as many stacks as there are. */
export function deciderOf(event: KnownEvent, options: DeciderOptions = {}): (rule: StackRule) => Decision {
  const judged = judgedOf(event, options)
  return (rule) => decide(judged, rule)
}

export function decideFor(event: KnownEvent, rule: StackRule, options: DeciderOptions = {}): Decision {
  return deciderOf(event, options)(rule)
}

export function judgedOf<Event extends KnownEvent>(
  event: Event,
  { listedAtMost = FILES_LISTED_AT_MOST }: DeciderOptions,
): Judged<Event> {
  return { event, files: filesOf(event, listedAtMost), budget: { steps: STEPS_OF_EVENT } }
}

function filesOf(event: KnownEvent, listedAtMost: number): FileList {
  switch (event.kind) {
    case 'push': {
      const files = fileList(event.changedFiles, listedAtMost)
      // Hosts compare with the common ancestor: what the lost commits had changed is not in the list.
      return event.forced ? { ...files, incomplete: true } : files
    }
    case 'pull-request':
      return fileList(event.pullRequest.changedFiles, listedAtMost)
    default:
      return fileList([], listedAtMost)
  }
}

function decide({ event, files, budget }: Judged, rule: StackRule): Decision {
  switch (event.kind) {
    case 'push':
      return decidePush({ event, files, budget }, rule)
    case 'tag':
      return decideTag(event, rule)
    case 'pull-request':
      return decidePullRequest({ event, files, budget }, rule)
    case 'comment':
    case 'ping':
      return ignore('not_a_trigger', 'Nothing is deployed for an event of this kind.')
  }
}

function decidePush({ event, files, budget }: Judged<Push>, rule: StackRule): Decision {
  const { branch, before, after } = event
  if (rule.branch === undefined) return noBranch()
  if (branch !== rule.branch) {
    return ignore('other_branch', `The push was to ${branch}; this stack is deployed from ${rule.branch}.`)
  }
  if (after === undefined || event.deleted) {
    return ignore(
      'branch_deleted',
      `The branch ${branch} was deleted, which deploys nothing. If it was renamed, put the new name into sourceContext.git.branch.`,
    )
  }
  if (!rule.deployCommits) {
    return ignore(
      'commits_not_deployed',
      'The settings do not ask for it: set deployCommits to deploy what is pushed.',
    )
  }
  const skipWord = skipWordIn(event.headMessage)
  if (skipWord !== undefined) {
    return ignore('skip_words', `The message of commit ${after.slice(0, 12)} has "${skipWord}".`)
  }
  const match = matchFiles(rule.paths, files, budget)
  if ('ignored' in match) return match
  return {
    deploy: 'update',
    event: 'push',
    branch,
    ref: `refs/heads/${branch}`,
    commit: after,
    triggerKey: `push:refs/heads/${branch}:${before ?? ''}:${after}`,
    note: match.note,
  }
}

function decideTag({ tag, commit }: TagPush, rule: StackRule): Decision {
  if (commit === undefined) {
    return ignore('tag_deleted', `The tag ${tag} was deleted, which deploys nothing.`)
  }
  if (!rule.deployTags) {
    return ignore('tags_not_deployed', 'The settings do not ask for it: set deployTags to deploy tags.')
  }
  if ('problem' in rule.tagFilters) return badFilter('tagFilters', rule.tagFilters)
  const budget: Budget = { steps: STEPS_OF_TAG }
  const passes = passesFilters(rule.tagFilters, pathOf(tag), budget)
  if (!passes || budget.steps < 0) {
    const why = budget.steps < 0 ? ', which take too long to look through' : ''
    return ignore('tag_does_not_match', `The tag ${tag} does not pass tagFilters${why}.`)
  }
  return {
    deploy: 'update',
    event: 'tag',
    tag,
    ref: `refs/tags/${tag}`,
    commit,
    triggerKey: `tag:${tag}:${commit}`,
    note: undefined,
  }
}

function decidePullRequest({ event, files, budget }: Judged<PullRequestEvent>, rule: StackRule): Decision {
  const { number, headCommit, baseBranch } = event.pullRequest
  if (!rule.previewPullRequests) {
    return ignore(
      'pull_requests_not_previewed',
      'The settings do not ask for it: set previewPullRequests to preview pull requests.',
    )
  }
  const unready = unreadyPullRequest(event, rule)
  if (unready !== undefined) return unready
  if (event.action === 'labeled') {
    return ignore('pull_request_unchanged', 'A label does not change what would be deployed.')
  }
  const match = matchFiles(rule.paths, files, budget)
  if ('ignored' in match) return match
  return {
    deploy: 'preview',
    event: 'pull-request',
    pullRequest: number,
    commit: headCommit,
    // By name: a base that moves on, or a title that is edited, is no reason for another preview; another base is.
    triggerKey: `pr:${number}:${headCommit}:${baseBranch}`,
    note: match.note,
  }
}

/** What keeps a pull request from being deployed from at all. */
export function unreadyPullRequest(
  { action, pullRequest }: PullRequestEvent,
  rule: StackRule,
): Ignored | undefined {
  const { state, draft, baseBranch } = pullRequest
  if (action === 'closed' || state === 'closed') {
    return ignore('pull_request_closed', 'The pull request is closed.')
  }
  if (rule.branch === undefined) return noBranch()
  if (baseBranch !== rule.branch) {
    return ignore(
      'other_base_branch',
      `The pull request is for ${baseBranch}; this stack is deployed from ${rule.branch}.`,
    )
  }
  if (draft && !rule.previewDrafts) {
    return ignore(
      'pull_request_draft',
      'The pull request is a draft: it is taken up when it is ready for review. (A stack with the tag daypass:previewDrafts=true takes up drafts as well.)',
    )
  }
  return undefined
}

/** Whether the changed files concern the stack, with a note where that is not sure. */
export function matchFiles(
  filters: Filters | FilterProblem,
  files: FileList,
  budget: Budget,
): { readonly note: string | undefined } | Ignored {
  if ('problem' in filters) return badFilter('paths', filters)
  switch (judgeFiles(filters, files, budget)) {
    case 'match':
      return { note: undefined }
    case 'may-match':
      return {
        note: 'Which files changed is not known in full (the host lists no more, history was rewritten, or there was too much to look through), so that the path filters may match: deployed to be safe.',
      }
    case 'no-match':
      return ignore('no_file_matches', 'No changed file passes the path filters of the stack.')
  }
}

function badFilter(field: string, { filter, problem }: FilterProblem): Ignored {
  return ignore(
    'bad_filter',
    `Nothing is deployed until ${field} is mended: ${JSON.stringify(filter)} ${problem}`,
  )
}

function noBranch(): Ignored {
  return ignore('no_branch', 'The settings name no branch: set sourceContext.git.branch.')
}

export function ignore(ignored: IgnoredCode, sentence: string): Ignored {
  return { ignored, sentence }
}
