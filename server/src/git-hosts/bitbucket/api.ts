/**
 * Bitbucket's REST API 2.0: with an access token of a repository, project or workspace, or with the API token or app
 * password of a person, whose name stands beside it. All of them live long.
 *
 * @see https://developer.atlassian.com/cloud/bitbucket/rest/
 */
import { createHash } from 'node:crypto'
import {
  type CommitId,
  type PullRequestFacts,
  type RepositoryName,
  readCommitId,
} from '../../git-events/git-event.ts'
import {
  type CloneCredential,
  type CommitStatus,
  type HostApi,
  type HostApiServices,
  type HostPermission,
  type HostRefusal,
  HostUnavailable,
  isHostRefusal,
} from '../adapter.ts'
import type { HostSecrets, OpenedHost } from '../git-host.ts'
import { field, LONGEST_MESSAGE, list, wholeNumber, words } from '../json.ts'
import { NO_API } from '../no-api.ts'
import { OTHER_FORM, TOO_MANY_PULL_REQUESTS } from '../refusals.ts'
import { askHost, type HostAnswer, type HostRequest } from '../request.ts'
import { headOf, readPullRequestAnswer } from './read.ts'

const MOST_PAGES = 30
/** Each one is asked for its head. */
const MOST_OPEN_PULL_REQUESTS = 200

type Ask = (path: string, request?: Pick<HostRequest, 'method' | 'body'>) => Promise<HostAnswer | HostRefusal>
type AskAll = (path: string) => Promise<readonly unknown[] | 'too-many' | HostRefusal>

export function bitbucketApi({ apiUrl, secrets }: OpenedHost, services: HostApiServices): HostApi {
  if (apiUrl === null) return NO_API
  const headers = headersFor(secrets)
  const ask: Ask = (path, request = {}) => askHost(services, { ...request, url: apiUrl + path, headers })
  const askAll: AskAll = (path) => allValues(ask, apiUrl, path)
  const pullRequests = (repository: RepositoryName) => `${pathOf(repository)}/pullrequests`

  const factsOf = async (
    repository: RepositoryName,
    answer: unknown,
  ): Promise<PullRequestFacts | HostRefusal> => {
    const head = await wholeHead(ask, repository, answer)
    if (isHostRefusal(head)) return head
    return readPullRequestAnswer(answer, repository, head) ?? OTHER_FORM
  }

  return {
    async check() {
      if (secrets.token === undefined) return { identity: 'nobody', missing: [NO_TOKEN] }
      const answer = await ask('/user')
      if (!isHostRefusal(answer))
        return { identity: words(field(answer.json, 'display_name'), 100), missing: [] }
      // It knows the token, which is nobody's.
      const isOfNobody = secrets.userName === undefined && answer.code !== 'HOST_UNAUTHORIZED'
      return isOfNobody ? { identity: 'an access token', missing: [] } : answer
    },

    async changedFiles(repository, before, after) {
      // Not against what they have in common: one may not follow on the other.
      return filesOf(
        await askAll(`${pathOf(repository)}/diffstat/${after}..${before}?topic=false&pagelen=500`),
      )
    },

    async pullRequestFiles(repository, number) {
      return filesOf(await askAll(`${pullRequests(repository)}/${number}/diffstat?pagelen=500`))
    },

    async permissionOf(repository, login) {
      if (!/^\{[0-9a-f-]{36}\}$/i.test(login)) return 'none'
      const [workspace = '', name = ''] = repository.split('/').map(encodeURIComponent)
      const query = encodeURIComponent(`user.uuid="${login}"`)
      const answer = await ask(`/workspaces/${workspace}/permissions/repositories/${name}?q=${query}`)
      if (isHostRefusal(answer)) return answer
      const found = list(field(answer.json, 'values')).find((one) => field(one, 'user', 'uuid') === login)
      return PERMISSIONS[String(field(found, 'permission'))] ?? 'none'
    },

    async pullRequest(repository, number) {
      const answer = await ask(`${pullRequests(repository)}/${number}`)
      if (!isHostRefusal(answer)) return factsOf(repository, answer.json)
      return answer.code === 'HOST_NOT_FOUND' ? undefined : answer
    },

    async openPullRequests(repository) {
      const found = await askAll(`${pullRequests(repository)}?state=OPEN&pagelen=50`)
      if (isHostRefusal(found)) return found
      if (found === 'too-many' || found.length > MOST_OPEN_PULL_REQUESTS) return TOO_MANY_PULL_REQUESTS
      const all: PullRequestFacts[] = []
      for (const one of found) {
        const facts = await factsOf(repository, one)
        if (isHostRefusal(facts)) return facts
        all.push(facts)
      }
      return all
    },

    async branchHead(repository, branch) {
      const name = branch.split('/').map(encodeURIComponent).join('/')
      const answer = await ask(`${pathOf(repository)}/refs/branches/${name}`)
      if (!isHostRefusal(answer)) {
        const commit = readCommitId(field(answer.json, 'target', 'hash'))
        const message = words(field(answer.json, 'target', 'message'), LONGEST_MESSAGE)
        return commit === undefined ? OTHER_FORM : { commit, message }
      }
      if (answer.code !== 'HOST_NOT_FOUND') return answer
      // The same is said of a repository that we do not see.
      const seen = await ask(pathOf(repository))
      return isHostRefusal(seen) ? seen : undefined
    },

    async setStatus(repository, commit, status) {
      const path = `${pathOf(repository)}/commit/${commit}/statuses/build`
      const answer = await ask(path, { method: 'POST', body: statusBody(status) })
      return isHostRefusal(answer) ? answer : undefined
    },

    async upsertComment(repository, number, { marker, body, commentId }) {
      const comments = `${pullRequests(repository)}/${number}/comments`
      const content = { content: { raw: body.replace(marker, hidden(marker)) } }
      const known = commentId ?? (await ourComment(ask, askAll, comments, hidden(marker)))
      if (isHostRefusal(known)) return known
      if (known !== undefined) {
        const answer = await ask(`${comments}/${known}`, { method: 'PUT', body: content })
        if (!isHostRefusal(answer)) return { commentId: known }
        // Somebody deleted it.
        if (answer.code !== 'HOST_NOT_FOUND') return answer
      }
      const answer = await ask(comments, { method: 'POST', body: content })
      if (isHostRefusal(answer)) return answer
      const made = wholeNumber(field(answer.json, 'id'))
      return made === undefined ? OTHER_FORM : { commentId: String(made) }
    },

    cloneCredential: async () => cloneCredentialOf(secrets),
  }
}

/** @see https://developer.atlassian.com/cloud/bitbucket/rest/intro/#authentication */
function headersFor({ token, userName }: HostSecrets): Readonly<Record<string, string>> {
  if (token === undefined) return {}
  if (userName === undefined) return { authorization: `Bearer ${token}` }
  return { authorization: `Basic ${Buffer.from(`${userName}:${token}`).toString('base64')}` }
}

/**
 * The API takes an API token beside the mail address of its person, and git takes it beside a name that is always the same.
 *
 * @see https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/
 * @see https://support.atlassian.com/bitbucket-cloud/docs/using-workspace-access-tokens/
 */
function cloneCredentialOf({ token, userName = 'x-token-auth' }: HostSecrets): CloneCredential | undefined {
  if (token === undefined) return undefined
  const name = userName.includes('@') ? 'x-bitbucket-api-token-auth' : userName
  return { userName: name, password: token, expiresAt: undefined }
}

/** Follows what it says is next, as long as that is of the same API: our credential goes with it. */
async function allValues(
  ask: Ask,
  apiUrl: string,
  path: string,
): Promise<readonly unknown[] | 'too-many' | HostRefusal> {
  const all: unknown[] = []
  let next: unknown = apiUrl + path
  for (let page = 0; page < MOST_PAGES; page += 1) {
    if (typeof next !== 'string' || !next.startsWith(`${apiUrl}/`)) return OTHER_FORM
    const answer = await ask(next.slice(apiUrl.length))
    if (isHostRefusal(answer)) return answer
    all.push(...list(field(answer.json, 'values')))
    next = field(answer.json, 'next')
    if (next === undefined) return all
  }
  return 'too-many'
}

function pathOf(repository: RepositoryName): string {
  return `/repositories/${repository.split('/').map(encodeURIComponent).join('/')}`
}

/**
 * Of a pull request only the first digits of its head are said. Its newest commit is said whole, and is that head unless
 * somebody pushes in this moment.
 */
async function wholeHead(
  ask: Ask,
  repository: RepositoryName,
  answer: unknown,
): Promise<CommitId | HostRefusal> {
  const head = headOf(answer)
  const number = wholeNumber(field(answer, 'id'))
  if (head === undefined || number === undefined) return OTHER_FORM
  const commits = await ask(`${pathOf(repository)}/pullrequests/${number}/commits?pagelen=1`)
  const newest = isHostRefusal(commits) ? undefined : list(field(commits.json, 'values'))[0]
  const whole = readCommitId(field(newest, 'hash'))
  if (whole?.startsWith(head) === true) return whole
  if (field(answer, 'state') === 'OPEN') {
    if (isHostRefusal(commits)) return commits
    throw new HostUnavailable('The pull request moved while it was asked for.')
  }
  // Its branch may be gone, and nothing runs of it any more: what else begins with the same digits would do no harm.
  const commit = await ask(`${pathOf(repository)}/commit/${head}`)
  return isHostRefusal(commit) ? commit : (readCommitId(field(commit.json, 'hash')) ?? OTHER_FORM)
}

const PERMISSIONS: Readonly<Record<string, HostPermission>> = { admin: 'admin', write: 'write', read: 'read' }

/** A file that was renamed changed in two places. */
function filesOf(diffs: readonly unknown[] | 'too-many' | HostRefusal) {
  if (diffs === 'too-many') return 'unknown'
  if (isHostRefusal(diffs)) return diffs
  const paths = diffs.flatMap((diff) => [field(diff, 'old', 'path'), field(diff, 'new', 'path')])
  return [...new Set(paths.filter((path) => typeof path === 'string'))]
}

const STATES = {
  pending: 'INPROGRESS',
  running: 'INPROGRESS',
  success: 'SUCCESSFUL',
  failure: 'FAILED',
  error: 'FAILED',
} as const

const LONGEST_KEY = 40

/** By its key a later one takes its place; it may be no longer than 40 characters, and names of stacks are. */
function statusBody({ context, state, description, url }: CommitStatus) {
  const key = createHash('sha256').update(context).digest('hex').slice(0, LONGEST_KEY)
  return { key, state: STATES[state], name: context, description, url }
}

/** It shows comments of HTML; a link that nothing refers to is not shown. */
function hidden(marker: string): string {
  return marker.replace(/^<!--\s*(.*?)\s*-->$/, '[//]: # ($1)')
}

/** Undefined: there is none yet, or it cannot be told which ones are ours. */
async function ourComment(
  ask: Ask,
  askAll: AskAll,
  comments: string,
  marker: string,
): Promise<string | undefined | HostRefusal> {
  const who = await ask('/user')
  // An access token is nobody who could be asked for.
  if (isHostRefusal(who)) return undefined
  const all = await askAll(`${comments}?pagelen=100`)
  if (isHostRefusal(all)) return all
  const us = field(who.json, 'uuid')
  const ours = (all === 'too-many' ? [] : all).find(
    (one) =>
      field(one, 'user', 'uuid') === us &&
      field(one, 'deleted') !== true &&
      String(field(one, 'content', 'raw')).startsWith(marker),
  )
  const id = wholeNumber(field(ours, 'id'))
  return id === undefined ? undefined : String(id)
}

const NO_TOKEN =
  'Give the connection an access token of the repository, project or workspace (repositories: admin; pull requests: write): without one, private repositories cannot be read, nothing is reported on commits and pull requests, and no author of a pull request is known to have write access.'
