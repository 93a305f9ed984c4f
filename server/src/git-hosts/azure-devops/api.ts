/**
 * Azure DevOps' REST API 7.1, with a personal access token: it has only long-lived ones.
 *
 * @see https://learn.microsoft.com/rest/api/azure/devops/git/
 */
import { type RepositoryName, readCommitId } from '../../git-events/git-event.ts'
import {
  type CommitStatus,
  type HostApi,
  type HostApiServices,
  type HostRefusal,
  isHostRefusal,
} from '../adapter.ts'
import { cloneUrlOf, type OpenedHost } from '../git-host.ts'
import { field, LONGEST_MESSAGE, list, wholeNumber, words } from '../json.ts'
import { NO_API } from '../no-api.ts'
import { allPages } from '../pages.ts'
import { OTHER_FORM, TOO_MANY_PULL_REQUESTS } from '../refusals.ts'
import { askHost, type HostAnswer, type HostRequest } from '../request.ts'
import { readPullRequestAnswer } from './read.ts'

const VERSION = 'api-version=7.1'
const CONNECTION = '/_apis/connectionData'
/** It has no other version of this one. */
const PREVIEW = 'api-version=7.1-preview'
const PER_PAGE = 100
const LISTS = { perPage: PER_PAGE, most: 30 }
const MOST_FILES = 2000
/** Of a sign-in page, which is what it answers to a token that it does not know. */
const SIGN_IN = 203

type Ask = (path: string, request?: Pick<HostRequest, 'method' | 'body'>) => Promise<HostAnswer | HostRefusal>

export function azureDevOpsApi(host: OpenedHost, services: HostApiServices): HostApi {
  const { apiUrl, webUrl, settings, secrets } = host
  if (apiUrl === null) return NO_API
  const { token } = secrets
  const headers: Readonly<Record<string, string>> =
    token === undefined ? {} : { authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}` }
  const ask: Ask = async (path, request = {}) => {
    const url = `${apiUrl}${path}${path.includes('?') ? '&' : '?'}${path.endsWith(CONNECTION) ? PREVIEW : VERSION}`
    const answer = await askHost(services, { ...request, url, headers })
    return !isHostRefusal(answer) && answer.status === SIGN_IN ? UNKNOWN_TOKEN : answer
  }
  const pullPath = (repository: RepositoryName, number: number) =>
    `${pathOf(repository)}/pullRequests/${number}`
  const webOf = (repository: RepositoryName) => cloneUrlOf({ webUrl, kind: 'azure-devops' }, repository)

  return {
    async check() {
      if (token === undefined) return { identity: 'nobody', missing: [NO_TOKEN] }
      const [organization] = settings.repositories?.[0]?.split('/') ?? []
      if (organization === undefined)
        return { identity: 'a personal access token', missing: [NO_ORGANIZATION] }
      const us = await ourselves(ask, organization)
      return isHostRefusal(us) ? us : { identity: us.name, missing: [] }
    },

    async changedFiles(repository, before, after) {
      const between = `baseVersionType=commit&baseVersion=${before}&targetVersionType=commit&targetVersion=${after}`
      const path = `${pathOf(repository)}/diffs/commits?${between}&diffCommonCommit=false&$top=${MOST_FILES}`
      const answer = await ask(path)
      if (isHostRefusal(answer)) return answer
      if (field(answer.json, 'allChangesIncluded') !== true) return 'unknown'
      return filesOf(list(field(answer.json, 'changes')))
    },

    async pullRequestFiles(repository, number) {
      const iterations = await ask(`${pullPath(repository, number)}/iterations`)
      if (isHostRefusal(iterations)) return iterations
      const last = wholeNumber(field(list(field(iterations.json, 'value')).at(-1), 'id'))
      if (last === undefined) return 'unknown'
      const changes = `${pullPath(repository, number)}/iterations/${last}/changes?$compareTo=0&$top=${MOST_FILES}`
      const answer = await ask(changes)
      if (isHostRefusal(answer)) return answer
      const isWhole = wholeNumber(field(answer.json, 'nextTop')) === undefined
      return isWhole ? filesOf(list(field(answer.json, 'changeEntries'))) : 'unknown'
    },

    // What somebody else may do is not answered to a token of this kind in a way that could be relied on.
    permissionOf: async () => 'none',

    async pullRequest(repository, number) {
      const answer = await ask(pullPath(repository, number))
      if (isHostRefusal(answer)) return answer.code === 'HOST_NOT_FOUND' ? undefined : answer
      return readPullRequestAnswer(answer.json, repository, webOf(repository)) ?? OTHER_FORM
    },

    async openPullRequests(repository) {
      const found = await allPages(async (page) => {
        const place = `$top=${PER_PAGE}&$skip=${(page - 1) * PER_PAGE}`
        const answer = await ask(`${pathOf(repository)}/pullrequests?searchCriteria.status=active&${place}`)
        return isHostRefusal(answer) ? answer : list(field(answer.json, 'value'))
      }, LISTS)
      if (found === 'too-many') return TOO_MANY_PULL_REQUESTS
      if (isHostRefusal(found)) return found
      return found.flatMap((one) => readPullRequestAnswer(one, repository, webOf(repository)) ?? [])
    },

    async branchHead(repository, branch) {
      const refs = await ask(`${pathOf(repository)}/refs?filter=${encodeURIComponent(`heads/${branch}`)}`)
      if (isHostRefusal(refs)) return refs
      // All that begin with it.
      const ref = list(field(refs.json, 'value')).find((one) => field(one, 'name') === `refs/heads/${branch}`)
      if (ref === undefined) return undefined
      const commit = readCommitId(field(ref, 'objectId'))
      if (commit === undefined) return OTHER_FORM
      const answer = await ask(`${pathOf(repository)}/commits/${commit}`)
      if (isHostRefusal(answer)) return answer
      return { commit, message: words(field(answer.json, 'comment'), LONGEST_MESSAGE) }
    },

    async setStatus(repository, commit, status) {
      const path = `${pathOf(repository)}/commits/${commit}/statuses`
      const answer = await ask(path, { method: 'POST', body: statusBody(status) })
      return isHostRefusal(answer) ? answer : undefined
    },

    async upsertComment(repository, number, { marker, body, commentId }) {
      const threads = `${pullPath(repository, number)}/threads`
      const known = commentId ?? (await ourThread(ask, repository, threads, marker))
      if (isHostRefusal(known)) return known
      if (known !== undefined) {
        const answer = await ask(`${threads}/${known}/comments/1`, {
          method: 'PATCH',
          body: { content: body },
        })
        if (!isHostRefusal(answer)) return { commentId: known }
        // Somebody deleted it.
        if (answer.code !== 'HOST_NOT_FOUND') return answer
      }
      const comments = [{ parentCommentId: 0, content: body, commentType: 'text' }]
      // An open thread would hold up whoever may merge only what is resolved.
      const answer = await ask(threads, { method: 'POST', body: { comments, status: 'closed' } })
      if (isHostRefusal(answer)) return answer
      const made = wholeNumber(field(answer.json, 'id'))
      return made === undefined ? OTHER_FORM : { commentId: String(made) }
    },

    async cloneCredential() {
      return token === undefined ? undefined : { userName: 'daypass', password: token, expiresAt: undefined }
    },
  }
}

function pathOf(repository: RepositoryName): string {
  const [organization, project, name] = repository.split('/').map(encodeURIComponent)
  return `/${organization}/${project}/_apis/git/repositories/${name}`
}

async function ourselves(
  ask: Ask,
  organization: string,
): Promise<{ id: string; name: string } | HostRefusal> {
  const answer = await ask(`/${encodeURIComponent(organization)}${CONNECTION}`)
  if (isHostRefusal(answer)) return answer
  const us = field(answer.json, 'authenticatedUser')
  return { id: words(field(us, 'id'), 100), name: words(field(us, 'providerDisplayName'), 100) }
}

/** Paths are said from the root on, with a stroke before; a file that was renamed changed in two places. */
function filesOf(changes: readonly unknown[]): readonly string[] {
  const paths = changes
    .filter((change) => field(change, 'item', 'isFolder') !== true)
    .flatMap((change) => [
      field(change, 'item', 'path'),
      field(change, 'sourceServerItem'),
      field(change, 'originalPath'),
    ])
  return [...new Set(paths.flatMap((path) => (typeof path === 'string' ? path.replace(/^\//, '') : [])))]
}

async function ourThread(
  ask: Ask,
  repository: RepositoryName,
  threads: string,
  marker: string,
): Promise<string | undefined | HostRefusal> {
  const [us, all] = await Promise.all([ourselves(ask, repository.split('/')[0] ?? ''), ask(threads)])
  if (isHostRefusal(us)) return us
  if (isHostRefusal(all)) return all
  const ours = list(field(all.json, 'value')).find((thread) => {
    const [first] = list(field(thread, 'comments'))
    return field(first, 'author', 'id') === us.id && String(field(first, 'content')).startsWith(marker)
  })
  const id = wholeNumber(field(ours, 'id'))
  return id === undefined ? undefined : String(id)
}

const STATES = {
  pending: 'pending',
  running: 'pending',
  success: 'succeeded',
  failure: 'failed',
  error: 'error',
} as const

function statusBody({ context, state, description, url }: CommitStatus) {
  return { state: STATES[state], description, targetUrl: url, context: { genre: 'daypass', name: context } }
}

const UNKNOWN_TOKEN: HostRefusal = {
  code: 'HOST_UNAUTHORIZED',
  sentence: 'The host does not know our token: give the connection a new one.',
}
const NO_TOKEN =
  'Give the connection a personal access token (Code: read and status; Pull request threads: read and write): without one, private repositories cannot be read and nothing is reported on commits and pull requests.'
const NO_ORGANIZATION =
  'Name the repositories (organization/project/name, or organization/project/*), so that the token can be tried.'
