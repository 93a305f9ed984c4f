/**
 * Deliveries of Gitea and Forgejo as internal events. Much is as GitHub has it, and some is not.
 *
 * @see https://github.com/go-gitea/gitea/blob/main/modules/structs/hook.go
 */
import { jsonObject } from '@daypass/contract/json-object.ts'
import {
  type GitEvent,
  type PullRequestAction,
  type PullRequestFacts,
  readBranchRef,
  readCommitId,
  readHostLogin,
  readRefName,
  readTagRef,
} from '../../git-events/git-event.ts'
import type { ReadDelivery } from '../adapter.ts'
import { aboutOf, commentOf, readPullRequest, tagPush, UNKNOWN_FORM } from '../github/read.ts'
import { field, LONGEST_MESSAGE, list, words } from '../json.ts'

/** @param event What happened. @param eventType The same in more detail, where there is any. */
export function readGitea(
  raw: Buffer,
  event: string | undefined,
  eventType: string | undefined,
): ReadDelivery {
  const body = jsonObject(raw.toString('utf8'))
  if (body === undefined)
    return { ignored: 'The body is no JSON object; choose the content type application/json.' }
  const about = aboutOf(body)
  if (about === undefined) return { ignored: 'It is about no repository.' }
  const found = readEvent(body, about, event ?? '', eventType ?? '')
  return 'kind' in found ? [found] : found
}

type Body = Readonly<Record<string, unknown>>
type About = NonNullable<ReturnType<typeof aboutOf>>
type Found = GitEvent | { readonly ignored: string }

function readEvent(body: Body, about: About, event: string, eventType: string): Found {
  if (event === 'push') return readPush(body, about)
  if (event === 'delete') return readDelete(body, about)
  // A reviewer's verdict comes under several names, and says "reviewed".
  if (body['action'] === 'reviewed') return readReview(body, about, eventType || event)
  if (event === 'pull_request') return readPullRequestEvent(body, about)
  if (event === 'issue_comment' || event === 'pull_request_comment') return readComment(body, about)
  return { ignored: `Nothing follows from the event ${JSON.stringify(words(event, 100))}.` }
}

function readPush(body: Body, about: About): Found {
  const [before, after] = [readCommitId(body['before']), readCommitId(body['after'])]
  const tag = readTagRef(body['ref'])
  if (tag !== undefined) {
    const headCommit = field(body, 'head_commit', 'id')
    return tagPush(about, tag, { deleted: after === undefined, headCommit })
  }
  const branch = readBranchRef(body['ref'])
  if (branch === undefined) return { ignored: 'It is about neither a branch nor a tag.' }
  return {
    kind: 'push',
    ...about,
    branch,
    before,
    after,
    created: before === undefined,
    deleted: after === undefined,
    // It is not said, and neither are all commits of a push: how the branch changed has to be asked.
    forced: false,
    headMessage: words(headMessage(body, after), LONGEST_MESSAGE),
    changedFiles: 'unknown',
    pusher: readHostLogin(field(body, 'pusher', 'login')) ?? about.sender,
  }
}

function headMessage(body: Body, after: string | undefined): unknown {
  const commits = [body['head_commit'], ...list(body['commits'])]
  return field(
    commits.find((commit) => readCommitId(field(commit, 'id')) === after),
    'message',
  )
}

/** A deleted branch is told by this event alone; its ref is the bare name. */
function readDelete(body: Body, about: About): Found {
  const name = readRefName(body['ref'])
  if (name === undefined) return UNKNOWN_FORM
  if (body['ref_type'] === 'tag') return { kind: 'tag', ...about, tag: name, commit: undefined }
  if (body['ref_type'] !== 'branch') return UNKNOWN_FORM
  return {
    kind: 'push',
    ...about,
    branch: name,
    before: undefined,
    after: undefined,
    created: false,
    deleted: true,
    forced: false,
    headMessage: '',
    changedFiles: 'unknown',
    pusher: about.sender,
  }
}

const ACTIONS: Readonly<Record<string, PullRequestAction>> = {
  opened: 'opened',
  synchronized: 'updated',
  reopened: 'reopened',
  edited: 'edited',
  label_updated: 'labeled',
  closed: 'closed',
}

function readPullRequestEvent(body: Body, about: About): Found {
  const action = ACTIONS[String(body['action'])]
  if (action === undefined)
    return { ignored: `Nothing follows from "${words(body['action'], 100)}" of a pull request.` }
  const pullRequest = readGiteaPullRequest(body['pull_request'])
  return pullRequest ? { kind: 'pull-request', ...about, action, pullRequest } : UNKNOWN_FORM
}

/** In events and answers alike. It has no word for bots: of those that may write, none is told from a person. */
export function readGiteaPullRequest(value: unknown): PullRequestFacts | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const user = { login: field(value, 'user', 'login'), type: 'User' }
  const facts = readPullRequest({ ...value, user })
  const draft = field(value, 'draft')
  // Older ones say it by the title alone.
  return facts && { ...facts, draft: typeof draft === 'boolean' ? draft : /^\[?wip[\]:]/i.test(facts.title) }
}

function readComment(body: Body, about: About): Found {
  if (body['action'] !== 'created') return { ignored: 'Only new comments count.' }
  if (body['is_pull'] !== true) return { ignored: 'The comment is on an issue.' }
  return commentOf(about, {
    pullRequest: field(body, 'issue', 'number'),
    author: field(body, 'comment', 'user', 'login'),
    authorIsBot: false,
    body: field(body, 'comment', 'body'),
    commentId: field(body, 'comment', 'id'),
    approvedCommit: undefined,
  })
}

/** Which commit was looked at is said by newer ones alone; without it, nothing was approved. */
function readReview(body: Body, about: About, eventType: string): Found {
  const isApproval = [eventType, field(body, 'review', 'type')].some(
    (one) => one === 'pull_request_review_approved' || one === 'pull_request_approved',
  )
  const commit = readCommitId(body['commit_id']) ?? readCommitId(field(body, 'review', 'commit_id'))
  return commentOf(about, {
    pullRequest: field(body, 'pull_request', 'number'),
    author: field(body, 'sender', 'login'),
    authorIsBot: false,
    body: field(body, 'review', 'content'),
    // A review has no id here, and is told once.
    commentId: field(body, 'pull_request', 'number'),
    approvedCommit: isApproval ? commit : undefined,
  })
}
