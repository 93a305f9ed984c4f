/**
 * GitHub's deliveries as internal events, and its pull requests as facts, wherever they stand.
 *
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
import { jsonObject } from '@daypass/contract/json-object.ts'
import {
  type ChangedFiles,
  type CommitId,
  type GitEvent,
  type PullRequestAction,
  type PullRequestFacts,
  type Push,
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

/** More commits of one push are not listed. */
const MOST_COMMITS = 2048

export function readGitHub(raw: Buffer, event: string | undefined): ReadDelivery {
  const body = jsonObject(raw.toString('utf8'))
  if (body === undefined)
    return { ignored: 'The body is no JSON object; choose the content type application/json.' }
  if (event === 'ping') return [{ kind: 'ping', events: texts(field(body, 'hook', 'events')) ?? [] }]
  const about = aboutOf(body)
  if (about === undefined) return { ignored: 'It is about no repository.' }
  const read = READERS[event ?? '']
  if (read === undefined)
    return { ignored: `Nothing follows from the event ${JSON.stringify(words(event, 100))}.` }
  const found = read(body, about)
  return 'kind' in found ? [found] : found
}

type About = Pick<Push, 'repository' | 'repositoryUrl' | 'sender'>
type Reader = (
  body: Readonly<Record<string, unknown>>,
  about: About,
) => GitEvent | { readonly ignored: string }

export function aboutOf(body: unknown): About | undefined {
  const repository = readRepositoryName(field(body, 'repository', 'full_name'))
  const repositoryUrl = readCloneUrl(field(body, 'repository', 'clone_url'))
  if (repository === undefined || repositoryUrl === undefined) return undefined
  return { repository, repositoryUrl, sender: readHostLogin(field(body, 'sender', 'login')) }
}

const readPush: Reader = (body, about) => {
  const [before, after] = [readCommitId(body['before']), readCommitId(body['after'])]
  const deleted = body['deleted'] === true || after === undefined
  const tag = readTagRef(body['ref'])
  if (tag !== undefined) return tagPush(about, tag, { deleted, headCommit: field(body, 'head_commit', 'id') })
  const branch = readBranchRef(body['ref'])
  if (branch === undefined) return { ignored: 'It is about neither a branch nor a tag.' }
  const created = body['created'] === true || before === undefined
  const forced = body['forced'] === true
  return {
    kind: 'push',
    ...about,
    branch,
    before,
    after: deleted ? undefined : after,
    created,
    deleted,
    forced,
    headMessage: words(field(body, 'head_commit', 'message'), LONGEST_MESSAGE),
    // Of a new or forced branch the commits do not say how it differs from what is deployed.
    changedFiles: created || forced ? 'unknown' : filesOf(list(body['commits'])),
    pusher: about.sender ?? readHostLogin(field(body, 'pusher', 'name')),
  }
}

/** What the ref has now is an object of its own where the tag has a note: the commit is said beside it. */
export function tagPush(
  about: About,
  tag: string,
  said: { readonly deleted: boolean; readonly headCommit: unknown },
): GitEvent | { readonly ignored: string } {
  if (said.deleted) return { kind: 'tag', ...about, tag, commit: undefined }
  const commit = readCommitId(said.headCommit)
  if (commit === undefined) return { ignored: 'It does not say which commit the tag names.' }
  return { kind: 'tag', ...about, tag, commit }
}

function filesOf(commits: readonly unknown[]): ChangedFiles {
  if (commits.length === 0 || commits.length >= MOST_COMMITS) return 'unknown'
  const files = new Set<string>()
  for (const commit of commits) {
    for (const kind of ['added', 'removed', 'modified']) {
      const some = texts(field(commit, kind))
      if (some === undefined) return 'unknown'
      for (const file of some) files.add(file)
    }
  }
  return [...files]
}

const ACTIONS: Readonly<Record<string, PullRequestAction>> = {
  opened: 'opened',
  synchronize: 'updated',
  reopened: 'reopened',
  edited: 'edited',
  labeled: 'labeled',
  ready_for_review: 'ready',
  closed: 'closed',
}

const readPullRequestEvent: Reader = (body, about) => {
  const action = ACTIONS[String(body['action'])]
  if (action === undefined)
    return { ignored: `Nothing follows from "${words(body['action'], 100)}" of a pull request.` }
  const pullRequest = readPullRequest(body['pull_request'])
  return pullRequest ? { kind: 'pull-request', ...about, action, pullRequest } : UNKNOWN_FORM
}

/** As GitHub has it in events and answers alike. Undefined for another form. */
export function readPullRequest(value: unknown): PullRequestFacts | undefined {
  const [number, headCommit] = [
    wholeNumber(field(value, 'number')),
    readCommitId(field(value, 'head', 'sha')),
  ]
  const [author, baseBranch] = [
    readHostLogin(field(value, 'user', 'login')),
    readRefName(field(value, 'base', 'ref')),
  ]
  const [headBranch, base] = [
    readRefName(field(value, 'head', 'ref')),
    readRepositoryName(field(value, 'base', 'repo', 'full_name')),
  ]
  if (number === undefined || headCommit === undefined || author === undefined) return undefined
  if (baseBranch === undefined || headBranch === undefined || base === undefined) return undefined
  const headRepository = readRepositoryName(field(value, 'head', 'repo', 'full_name'))
  return {
    baseRepository: base,
    number,
    title: words(field(value, 'title'), 1000),
    url: words(field(value, 'html_url'), 2000),
    author,
    authorIsBot: field(value, 'user', 'type') !== 'User',
    draft: field(value, 'draft') !== false,
    state: field(value, 'state') === 'open' ? 'open' : 'closed',
    merged: field(value, 'merged') === true || typeof field(value, 'merged_at') === 'string',
    headCommit,
    headBranch,
    headRepository,
    isFork: headRepository === undefined || !sameRepository(headRepository, base),
    baseBranch,
    baseCommit: readCommitId(field(value, 'base', 'sha')),
    labels: list(field(value, 'labels')).flatMap((label) => words(field(label, 'name'), 255) || []),
    changedFiles: 'unknown',
  }
}

/** A changed comment is another one: what was approved is not said again by editing what somebody else wrote. */
const readComment: Reader = (body, about) => {
  if (body['action'] !== 'created') return { ignored: 'Only new comments count.' }
  if (field(body, 'issue', 'pull_request') === undefined) return { ignored: 'The comment is on an issue.' }
  return commentOf(about, {
    pullRequest: field(body, 'issue', 'number'),
    author: field(body, 'comment', 'user', 'login'),
    // An App may write in the name of a person.
    authorIsBot:
      field(body, 'comment', 'user', 'type') !== 'User' ||
      (field(body, 'comment', 'performed_via_github_app') ?? null) !== null,
    body: field(body, 'comment', 'body'),
    commentId: field(body, 'comment', 'id'),
    approvedCommit: undefined,
  })
}

const readReview: Reader = (body, about) => {
  if (body['action'] !== 'submitted') return { ignored: 'Only new reviews count.' }
  const isApproval = String(field(body, 'review', 'state')).toLowerCase() === 'approved'
  return commentOf(about, {
    pullRequest: field(body, 'pull_request', 'number'),
    author: field(body, 'review', 'user', 'login'),
    authorIsBot: field(body, 'review', 'user', 'type') !== 'User',
    body: field(body, 'review', 'body'),
    commentId: field(body, 'review', 'id'),
    approvedCommit: isApproval ? readCommitId(field(body, 'review', 'commit_id')) : undefined,
  })
}

interface Said {
  readonly pullRequest: unknown
  readonly author: unknown
  readonly authorIsBot: boolean
  readonly body: unknown
  readonly commentId: unknown
  readonly approvedCommit: CommitId | undefined
}

export function commentOf(about: About, said: Said): GitEvent | { readonly ignored: string } {
  const [pullRequest, commentId] = [wholeNumber(said.pullRequest), wholeNumber(said.commentId)]
  const author = readHostLogin(said.author)
  if (pullRequest === undefined || author === undefined || commentId === undefined) return UNKNOWN_FORM
  const body = words(said.body, LONGEST_BODY)
  const { approvedCommit, authorIsBot } = said
  const who = { author, authorIsBot }
  return {
    kind: 'comment',
    ...about,
    pullRequest,
    ...who,
    body,
    commentId: String(commentId),
    approvedCommit,
  }
}

/** Of a list of changed files: one that was renamed changed in two places. */
export function fileNames(files: readonly unknown[]): string[] {
  return files.flatMap((file) =>
    [field(file, 'filename'), field(file, 'previous_filename')].filter((name) => typeof name === 'string'),
  )
}

export const UNKNOWN_FORM = { ignored: 'It has another form than the host documents.' }

const READERS: Readonly<Record<string, Reader>> = {
  push: readPush,
  pull_request: readPullRequestEvent,
  issue_comment: readComment,
  pull_request_review: readReview,
}
