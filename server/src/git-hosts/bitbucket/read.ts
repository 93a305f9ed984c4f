/**
 * Bitbucket's deliveries as internal events. People are named by their `{uuid}`: they change everything else.
 *
 * Of a pull request it says only the first digits of the commit: who handles the event asks for the rest.
 *
 * @see https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/
 */
import { jsonObject } from '@daypass/contract/json-object.ts'
import {
  type CommitId,
  type GitEvent,
  type HostLogin,
  type PullRequestAction,
  type PullRequestFacts,
  type Push,
  type RepositoryName,
  readCloneUrl,
  readCommitId,
  readHostLogin,
  readRefName,
  readRepositoryName,
  sameRepository,
} from '../../git-events/git-event.ts'
import type { ReadDelivery } from '../adapter.ts'
import { field, LONGEST_BODY, LONGEST_MESSAGE, list, wholeNumber, words } from '../json.ts'

type Body = Readonly<Record<string, unknown>>
type About = Pick<Push, 'repository' | 'repositoryUrl' | 'sender'>

const UNKNOWN_FORM = { ignored: 'It has another form than Bitbucket documents.' }

export function readBitbucket(raw: Buffer, eventKey = ''): ReadDelivery {
  const body = jsonObject(raw.toString('utf8'))
  if (body === undefined) return { ignored: 'The body is no JSON object.' }
  const about = aboutOf(body)
  if (about === undefined) return { ignored: 'It is about no repository.' }
  if (eventKey === 'repo:push') return readChanges(body, about)
  if (eventKey === 'pullrequest:comment_created') return readComment(body, about)
  const action = ACTIONS[eventKey]
  if (action === undefined)
    return { ignored: `Nothing follows from the event ${JSON.stringify(words(eventKey, 100))}.` }
  const number = wholeNumber(field(body, 'pullrequest', 'id'))
  return number === undefined
    ? UNKNOWN_FORM
    : [{ kind: 'pull-request', ...about, action, pullRequest: { number } }]
}

/** An approval says nothing: it names no commit, and whoever pushes in that moment would be approved unseen. */
const ACTIONS: Readonly<Record<string, PullRequestAction>> = {
  'pullrequest:created': 'opened',
  // A new commit, title, base or state of draft: it does not say which.
  'pullrequest:updated': 'updated',
  'pullrequest:fulfilled': 'closed',
  'pullrequest:rejected': 'closed',
}

function aboutOf(body: Body): About | undefined {
  const repository = readRepositoryName(field(body, 'repository', 'full_name'))
  const page = field(body, 'repository', 'links', 'html', 'href')
  const repositoryUrl = typeof page === 'string' ? readCloneUrl(`${page}.git`) : undefined
  if (repository === undefined || repositoryUrl === undefined) return undefined
  return { repository, repositoryUrl, sender: userOf(body['actor']) }
}

function userOf(user: unknown): HostLogin | undefined {
  return readHostLogin(field(user, 'uuid'))
}

/** One push moves as many branches and tags as it likes. */
function readChanges(body: Body, about: About): ReadDelivery {
  const changes = list(field(body, 'push', 'changes'))
  const events = changes.flatMap((change) => readChange(change, about) ?? [])
  if (events.length > 0) return events
  return changes.length === 0 ? UNKNOWN_FORM : { ignored: 'It is about neither a branch nor a tag.' }
}

function readChange(change: unknown, about: About): GitEvent | undefined {
  const [before, after] = [field(change, 'old'), field(change, 'new')]
  const ref = after ?? before
  const name = readRefName(field(ref, 'name'))
  const commit = commitOf(after)
  // What is there now must be said whole, or not be there.
  if (name === undefined || (commit === undefined && isThere(after))) return undefined
  switch (field(ref, 'type')) {
    case 'tag':
      return { kind: 'tag', ...about, tag: name, commit }
    case 'branch':
      return {
        kind: 'push',
        ...about,
        branch: name,
        before: commitOf(before),
        after: commit,
        created: !isThere(before),
        deleted: !isThere(after),
        forced: field(change, 'forced') === true,
        headMessage: words(field(after, 'target', 'message'), LONGEST_MESSAGE),
        changedFiles: 'unknown',
        pusher: about.sender,
      }
    default:
      return undefined
  }
}

function isThere(ref: unknown): boolean {
  return ref !== null && ref !== undefined
}

function commitOf(ref: unknown): CommitId | undefined {
  return readCommitId(field(ref, 'target', 'hash'))
}

function readComment(body: Body, about: About): ReadDelivery {
  const pullRequest = wholeNumber(field(body, 'pullrequest', 'id'))
  const comment = body['comment']
  const commentId = wholeNumber(field(comment, 'id'))
  const author = userOf(field(comment, 'user'))
  if (pullRequest === undefined || commentId === undefined || author === undefined) return UNKNOWN_FORM
  return [
    {
      kind: 'comment',
      ...about,
      pullRequest,
      author,
      authorIsBot: isBot(field(comment, 'user')),
      body: words(field(comment, 'content', 'raw'), LONGEST_BODY),
      commentId: String(commentId),
      approvedCommit: undefined,
    },
  ]
}

/** Access tokens and apps have users of other types. */
function isBot(user: unknown): boolean {
  return field(user, 'type') !== 'user'
}

/** The first digits of its head, as the API answers it. */
export function headOf(answer: unknown): string | undefined {
  const hash = field(answer, 'source', 'commit', 'hash')
  return typeof hash === 'string' && /^[0-9a-f]{12,64}$/.test(hash) ? hash : undefined
}

/** As the API answers it, with its head, which is not whole there. */
export function readPullRequestAnswer(
  answer: unknown,
  repository: RepositoryName,
  headCommit: CommitId,
): PullRequestFacts | undefined {
  const number = wholeNumber(field(answer, 'id'))
  const author = userOf(field(answer, 'author'))
  const headBranch = readRefName(field(answer, 'source', 'branch', 'name'))
  const baseBranch = readRefName(field(answer, 'destination', 'branch', 'name'))
  if (number === undefined || author === undefined) return undefined
  if (headBranch === undefined || baseBranch === undefined) return undefined
  const headRepository = readRepositoryName(field(answer, 'source', 'repository', 'full_name'))
  const state = field(answer, 'state')
  return {
    number,
    title: words(field(answer, 'title'), 1000),
    url: words(field(answer, 'links', 'html', 'href'), 2000),
    author,
    authorIsBot: isBot(field(answer, 'author')),
    draft: field(answer, 'draft') === true,
    state: state === 'OPEN' ? 'open' : 'closed',
    merged: state === 'MERGED',
    headCommit,
    headBranch,
    headRepository,
    isFork: headRepository === undefined || !sameRepository(headRepository, repository),
    baseBranch,
    baseCommit: readCommitId(field(answer, 'destination', 'commit', 'hash')),
    // It has none.
    labels: [],
    changedFiles: 'unknown',
  }
}
