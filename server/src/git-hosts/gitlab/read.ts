/**
 * GitLab's deliveries as internal events; its merge requests are pull requests here.
 *
 * @see https://docs.gitlab.com/user/project/integrations/webhook_events/
 */
import { jsonObject } from '@daypass/contract/json-object.ts'
import {
  type ChangedFiles,
  type GitEvent,
  type HostLogin,
  type PullRequestAction,
  type PullRequestFacts,
  type Push,
  type RepositoryName,
  readBranchRef,
  readCloneUrl,
  readCommitId,
  readHostLogin,
  readRefName,
  readRepositoryName,
  readTagRef,
  sameRepository,
} from '../../git-events/git-event.ts'
import type { ReadDelivery } from '../adapter.ts'
import { field, LONGEST_BODY, LONGEST_MESSAGE, list, texts, wholeNumber, words } from '../json.ts'

type Body = Readonly<Record<string, unknown>>
type About = Pick<Push, 'repository' | 'repositoryUrl' | 'sender'>
type Found = GitEvent | { readonly ignored: string }

const UNKNOWN_FORM = { ignored: 'It has another form than GitLab documents.' }

export function readGitLab(raw: Buffer): ReadDelivery {
  const body = jsonObject(raw.toString('utf8'))
  if (body === undefined) return { ignored: 'The body is no JSON object.' }
  const repository = readRepositoryName(field(body, 'project', 'path_with_namespace'))
  const repositoryUrl = readCloneUrl(field(body, 'project', 'git_http_url'))
  if (repository === undefined || repositoryUrl === undefined)
    return { ignored: 'It is about no repository.' }
  const sender = readHostLogin(body['user_username']) ?? readHostLogin(field(body, 'user', 'username'))
  const read = READERS[String(body['object_kind'])]
  if (read === undefined)
    return { ignored: `Nothing follows from the event ${JSON.stringify(words(body['object_kind'], 100))}.` }
  const found = read(body, { repository, repositoryUrl, sender })
  return 'kind' in found ? [found] : found
}

function readPush(body: Body, about: About): Found {
  const [before, after] = [readCommitId(body['before']), readCommitId(body['after'])]
  const branch = readBranchRef(body['ref'])
  if (branch === undefined) return UNKNOWN_FORM
  const commits = list(body['commits'])
  const head = commits.find((commit) => readCommitId(field(commit, 'id')) === after)
  return {
    kind: 'push',
    ...about,
    branch,
    before,
    after,
    created: before === undefined,
    deleted: after === undefined,
    // It is not said. Whether the commits are all that is new is: their files count only then.
    forced: false,
    headMessage: words(field(head, 'message'), LONGEST_MESSAGE),
    changedFiles:
      before !== undefined && body['total_commits_count'] === commits.length ? filesOf(commits) : 'unknown',
    pusher: about.sender,
  }
}

/** A push without commits rewound the branch. */
function filesOf(commits: readonly unknown[]): ChangedFiles {
  const lists = commits.flatMap((commit) =>
    ['added', 'modified', 'removed'].map((kind) => texts(field(commit, kind))),
  )
  const files = lists.filter((some) => some !== undefined)
  return files.length === 0 || files.length < lists.length ? 'unknown' : [...new Set(files.flat())]
}

/** `after` may be a tag object; what is checked out is the commit. */
function readTag(body: Body, about: About): Found {
  const tag = readTagRef(body['ref'])
  if (tag === undefined) return UNKNOWN_FORM
  return { kind: 'tag', ...about, tag, commit: readCommitId(body['checkout_sha']) }
}

function readMergeRequest(body: Body, about: About): Found {
  const attributes = body['object_attributes']
  const action = actionOf(attributes, body['changes'])
  if (action === undefined)
    return {
      ignored: `Nothing follows from "${words(field(attributes, 'action'), 100)}" of a merge request.`,
    }
  const pullRequest = factsOf(attributes, about, authorOf(attributes, body['user']), list(body['labels']))
  return pullRequest ? { kind: 'pull-request', ...about, action, pullRequest } : UNKNOWN_FORM
}

/** Approvals say nothing: they name no commit, and whoever pushes in that moment would be approved unseen. */
function actionOf(attributes: unknown, changes: unknown): PullRequestAction | undefined {
  switch (field(attributes, 'action')) {
    case 'open':
      return 'opened'
    case 'reopen':
      return 'reopened'
    case 'close':
    case 'merge':
      return 'closed'
    case 'update':
      if (readCommitId(field(attributes, 'oldrev')) !== undefined) return 'updated'
      if (field(changes, 'draft', 'current') === false) return 'ready'
      return field(changes, 'labels') === undefined ? 'edited' : 'labeled'
    default:
      return undefined
  }
}

/** Whose it is stands there as a number, and only of whoever acted a name: the API takes both. */
function authorOf(attributes: unknown, user: unknown): HostLogin | undefined {
  const id = wholeNumber(field(attributes, 'author_id'))
  if (id === undefined) return undefined
  return field(user, 'id') === id ? readHostLogin(field(user, 'username')) : readHostLogin(`id:${id}`)
}

function factsOf(
  attributes: unknown,
  { repository }: About,
  author: HostLogin | undefined,
  labels: readonly unknown[],
): PullRequestFacts | undefined {
  const number = wholeNumber(field(attributes, 'iid'))
  const headCommit = readCommitId(field(attributes, 'last_commit', 'id'))
  const headBranch = readRefName(field(attributes, 'source_branch'))
  const baseBranch = readRefName(field(attributes, 'target_branch'))
  if (number === undefined || headCommit === undefined || author === undefined) return undefined
  if (headBranch === undefined || baseBranch === undefined) return undefined
  const head = readRepositoryName(field(attributes, 'source', 'path_with_namespace'))
  return {
    number,
    title: words(field(attributes, 'title'), 1000),
    url: words(field(attributes, 'url'), 2000),
    author,
    authorIsBot: isBot(author),
    draft: field(attributes, 'draft') !== false && field(attributes, 'work_in_progress') !== false,
    ...stateOf(field(attributes, 'state')),
    headCommit,
    headBranch,
    headRepository: head,
    isFork: head === undefined || !sameRepository(head, repository),
    baseBranch,
    baseCommit: undefined,
    labels: labels.flatMap((label) => words(field(label, 'title'), 255) || []),
    changedFiles: 'unknown',
  }
}

/** As the API answers it: authors have names, repositories only numbers. */
export function readMergeRequestAnswer(
  value: unknown,
  repository: RepositoryName,
): PullRequestFacts | undefined {
  const isSame = field(value, 'source_project_id') === field(value, 'target_project_id')
  const source = isSame ? { path_with_namespace: repository } : undefined
  const attributes = {
    ...(typeof value === 'object' ? value : {}),
    ...{ last_commit: { id: field(value, 'sha') }, url: field(value, 'web_url'), source },
  }
  const author = readHostLogin(field(value, 'author', 'username'))
  const labels = (texts(field(value, 'labels')) ?? []).map((title) => ({ title }))
  const about = { repository, repositoryUrl: '', sender: undefined }
  const facts = factsOf(attributes, about, author, labels)
  return facts && { ...facts, baseCommit: readCommitId(field(value, 'diff_refs', 'base_sha')) }
}

/** Access tokens of projects and groups act as such users. */
function isBot(author: HostLogin): boolean {
  return /^(?:project|group)_\d+_bot/.test(author)
}

function stateOf(state: unknown): Pick<PullRequestFacts, 'state' | 'merged'> {
  return { state: state === 'opened' ? 'open' : 'closed', merged: state === 'merged' }
}

function readNote(body: Body, about: About): Found {
  const note = body['object_attributes']
  if (field(note, 'noteable_type') !== 'MergeRequest')
    return { ignored: 'The comment is on no merge request.' }
  const action = field(note, 'action')
  // Older releases do not say it, and send none for changed ones.
  if (action !== undefined && action !== 'create') return { ignored: 'Only new comments count.' }
  const pullRequest = wholeNumber(field(body, 'merge_request', 'iid'))
  const commentId = wholeNumber(field(note, 'id'))
  const author = readHostLogin(field(body, 'user', 'username'))
  if (pullRequest === undefined || commentId === undefined || author === undefined) return UNKNOWN_FORM
  return {
    kind: 'comment',
    ...about,
    pullRequest,
    author,
    authorIsBot: isBot(author),
    body: words(field(note, 'note'), LONGEST_BODY),
    commentId: String(commentId),
    approvedCommit: undefined,
  }
}

const READERS: Readonly<Record<string, (body: Body, about: About) => Found>> = {
  push: readPush,
  tag_push: readTag,
  merge_request: readMergeRequest,
  note: readNote,
}
