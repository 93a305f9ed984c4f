/**
 * Azure DevOps' deliveries as internal events. A repository is `organization/project/name`.
 *
 * @see https://learn.microsoft.com/azure/devops/service-hooks/events
 */
import { jsonObject } from '@daypass/contract/json-object.ts'
import {
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
  readRepositoryName,
  readTagRef,
  sameRepository,
} from '../../git-events/git-event.ts'
import type { ReadDelivery } from '../adapter.ts'
import { field, LONGEST_BODY, LONGEST_MESSAGE, list, wholeNumber, words } from '../json.ts'

type About = Pick<Push, 'repository' | 'repositoryUrl' | 'sender'>

const UNKNOWN_FORM = { ignored: 'It has another form than Azure DevOps documents.' }

export function readAzureDevOps(raw: Buffer): ReadDelivery {
  const body = jsonObject(raw.toString('utf8'))
  if (body === undefined) return { ignored: 'The body is no JSON object.' }
  const { eventType, resource } = body
  switch (eventType) {
    case 'git.push':
      return readPush(resource)
    case 'git.pullrequest.created':
    case 'git.pullrequest.updated':
    // Whenever a merge is tried, which says nothing but that something may have happened.
    case 'git.pullrequest.merged':
      return readPullRequest(resource, eventType)
    case 'ms.vss-code.git-pullrequest-comment-event':
      return readComment(resource)
    default:
      return { ignored: `Nothing follows from the event ${JSON.stringify(words(eventType, 100))}.` }
  }
}

function aboutOf(repository: unknown, actor: unknown): About | undefined {
  const url = cloneUrlOf(field(repository, 'remoteUrl'))
  const name = nameOf(repository)
  if (url === undefined || name === undefined) return undefined
  return { repository: name, repositoryUrl: url.href, sender: userOf(actor) }
}

/** It writes the organization as a user into the address. */
function cloneUrlOf(given: unknown): URL | undefined {
  if (typeof given !== 'string' || !URL.canParse(given)) return undefined
  const url = new URL(given)
  url.username = ''
  url.password = ''
  return readCloneUrl(url.href) === undefined ? undefined : url
}

/** The organization stands in the address alone, which leaves out a project that is called like its repository. */
function nameOf(repository: unknown): RepositoryName | undefined {
  const url = cloneUrlOf(field(repository, 'remoteUrl'))
  const project = words(field(repository, 'project', 'name'), 255)
  const name = words(field(repository, 'name'), 255)
  const organization = url && organizationOf(url, project)
  return organization ? readRepositoryName([organization, project, name].join('/')) : undefined
}

function organizationOf({ hostname, pathname }: URL, project: string): string | undefined {
  const old = /^([a-z0-9-]+)\.visualstudio\.com$/.exec(hostname)?.[1]
  if (old !== undefined) return old
  const [before = ''] = pathname.split('/_git/')
  const parts = before.split('/').filter((part) => part !== '')
  if (hostname === 'dev.azure.com') return parts[0]
  // A Server: the collection is the last part before the project.
  const isProject = parts.at(-1)?.toLowerCase() === encodeURIComponent(project).toLowerCase()
  return isProject ? parts.at(-2) : parts.at(-1)
}

function userOf(identity: unknown): HostLogin | undefined {
  return readHostLogin(field(identity, 'uniqueName')) ?? readHostLogin(field(identity, 'id'))
}

function readPush(resource: unknown): ReadDelivery {
  const about = aboutOf(field(resource, 'repository'), field(resource, 'pushedBy'))
  if (about === undefined) return { ignored: 'It is about no repository.' }
  const updates = list(field(resource, 'refUpdates'))
  const commits = list(field(resource, 'commits'))
  const events = updates.flatMap((update) => readUpdate(update, commits, about) ?? [])
  if (events.length > 0) return events
  return { ignored: 'It is about no branch, and about no tag at a commit that it names.' }
}

function readUpdate(update: unknown, commits: readonly unknown[], about: About): GitEvent | undefined {
  const [given, was] = [field(update, 'newObjectId'), field(update, 'oldObjectId')]
  const [before, after] = [readCommitId(was), readCommitId(given)]
  // What is there now must be said whole, or be said to be nothing.
  if (after === undefined && !(typeof given === 'string' && /^0{40}$/.test(given))) return undefined
  const head = commits.find((commit) => readCommitId(field(commit, 'commitId')) === after)
  const tag = readTagRef(field(update, 'name'))
  // It may be an object of its own, which is no commit: only one that came with the push is known to be one.
  if (tag !== undefined)
    return after === undefined || head ? { kind: 'tag', ...about, tag, commit: after } : undefined
  const branch = readBranchRef(field(update, 'name'))
  if (branch === undefined) return undefined
  return {
    kind: 'push',
    ...about,
    branch,
    before,
    after,
    created: before === undefined,
    deleted: after === undefined,
    // It is not said.
    forced: false,
    headMessage: words(field(head, 'comment'), LONGEST_MESSAGE),
    changedFiles: 'unknown',
    pusher: about.sender,
  }
}

function readPullRequest(resource: unknown, eventType: string): ReadDelivery {
  const about = aboutOf(field(resource, 'repository'), field(resource, 'createdBy'))
  if (about === undefined) return { ignored: 'It is about no repository.' }
  const number = wholeNumber(field(resource, 'pullRequestId'))
  if (number === undefined) return UNKNOWN_FORM
  return [{ kind: 'pull-request', ...about, action: actionOf(resource, eventType), pullRequest: { number } }]
}

function actionOf(resource: unknown, eventType: string): PullRequestAction {
  if (field(resource, 'status') !== 'active') return 'closed'
  return eventType === 'git.pullrequest.created' ? 'opened' : 'updated'
}

function readComment(resource: unknown): ReadDelivery {
  const comment = field(resource, 'comment')
  const pullRequest = field(resource, 'pullRequest')
  const about = aboutOf(field(pullRequest, 'repository'), field(comment, 'author'))
  if (about === undefined) return { ignored: 'It is about no repository.' }
  if (field(comment, 'publishedDate') !== field(comment, 'lastUpdatedDate'))
    return { ignored: 'Only new comments count.' }
  const number = wholeNumber(field(pullRequest, 'pullRequestId'))
  const commentId = wholeNumber(field(comment, 'id'))
  if (number === undefined || commentId === undefined || about.sender === undefined) return UNKNOWN_FORM
  return [
    {
      kind: 'comment',
      ...about,
      pullRequest: number,
      author: about.sender,
      authorIsBot: isBot(field(comment, 'author')),
      body: words(field(comment, 'content'), LONGEST_BODY),
      commentId: String(commentId),
      approvedCommit: undefined,
    },
  ]
}

/** Of a pipeline or another service. */
function isBot(identity: unknown): boolean {
  return (
    /^(?:svc|s2s)\./.test(words(field(identity, 'descriptor'), 10)) || /^Build\\/.test(userOf(identity) ?? '')
  )
}

/** As the API answers it. */
export function readPullRequestAnswer(
  answer: unknown,
  repository: RepositoryName,
  webUrl: string,
): PullRequestFacts | undefined {
  const number = wholeNumber(field(answer, 'pullRequestId'))
  const author = userOf(field(answer, 'createdBy'))
  const headCommit = readCommitId(field(answer, 'lastMergeSourceCommit', 'commitId'))
  const headBranch = readBranchRef(field(answer, 'sourceRefName'))
  const baseBranch = readBranchRef(field(answer, 'targetRefName'))
  if (number === undefined || author === undefined || headCommit === undefined) return undefined
  if (headBranch === undefined || baseBranch === undefined) return undefined
  const fork = field(answer, 'forkSource') ?? undefined
  const headRepository = fork === undefined ? repository : nameOf(field(fork, 'repository'))
  const status = field(answer, 'status')
  return {
    number,
    title: words(field(answer, 'title'), 1000),
    url: `${webUrl}/pullrequest/${number}`,
    author,
    authorIsBot: isBot(field(answer, 'createdBy')),
    draft: field(answer, 'isDraft') !== false,
    state: status === 'active' ? 'open' : 'closed',
    merged: status === 'completed',
    headCommit,
    headBranch,
    headRepository,
    isFork: fork !== undefined || headRepository === undefined || !sameRepository(headRepository, repository),
    baseBranch,
    baseCommit: readCommitId(field(answer, 'lastMergeTargetCommit', 'commitId')),
    labels: list(field(answer, 'labels')).flatMap((one) => words(field(one, 'name'), 255) || []),
    changedFiles: 'unknown',
  }
}
