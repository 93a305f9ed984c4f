/**
 * The API of Gitea and Forgejo, with a token: it has only long-lived ones.
 *
 * @see https://docs.gitea.com/api/
 */
import { type CommitId, type RepositoryName, readCommitId } from '../../git-events/git-event.ts'
import {
  type CommitStatus,
  type HostApi,
  type HostApiServices,
  type HostPermission,
  type HostRefusal,
  isHostRefusal,
} from '../adapter.ts'
import type { OpenedHost } from '../git-host.ts'
import { fileNames } from '../github/read.ts'
import { field, LONGEST_MESSAGE, list, wholeNumber, words } from '../json.ts'
import { NO_API } from '../no-api.ts'
import { allPages } from '../pages.ts'
import { NO_TOKEN, OTHER_FORM, TOO_MANY_PULL_REQUESTS } from '../refusals.ts'
import { askHost, type HostAnswer, type HostRequest } from '../request.ts'
import { readGiteaPullRequest } from './read.ts'

/** What it answers at most, unless its operator changed it. */
const PER_PAGE = 50
const LISTS = { perPage: PER_PAGE, most: 40 }

type Ask = (path: string, request?: Pick<HostRequest, 'method' | 'body'>) => Promise<HostAnswer | HostRefusal>

export function giteaApi({ apiUrl, secrets: { token } }: OpenedHost, services: HostApiServices): HostApi {
  if (apiUrl === null) return NO_API
  const headers: Readonly<Record<string, string>> =
    token === undefined ? {} : { authorization: `token ${token}` }
  const ask: Ask = (path, request = {}) => askHost(services, { ...request, url: apiUrl + path, headers })
  const askAll = (path: string) =>
    allPages(async (page) => {
      const answer = await ask(`${path}${path.includes('?') ? '&' : '?'}limit=${PER_PAGE}&page=${page}`)
      return isHostRefusal(answer) ? answer : list(answer.json)
    }, LISTS)

  /** Undefined: `after` does not follow on `before`. */
  async function commitsBetween(
    repository: RepositoryName,
    before: CommitId,
    after: CommitId,
  ): Promise<readonly unknown[] | HostRefusal> {
    const answer = await ask(`/repos/${repository}/compare/${before}...${after}`)
    return isHostRefusal(answer) ? answer : list(field(answer.json, 'commits'))
  }

  return {
    async check() {
      if (token === undefined) return { identity: 'nobody', missing: [NO_TOKEN] }
      const answer = await ask('/user')
      if (isHostRefusal(answer)) return answer
      return { identity: words(field(answer.json, 'login'), 100), missing: [] }
    },

    async changedFiles(repository, before, after) {
      const [there, back] = await Promise.all([
        commitsBetween(repository, before, after),
        commitsBetween(repository, after, before),
      ])
      if (isHostRefusal(there)) return there
      // What was there before is no ancestor: the commits tell one side only.
      if (isHostRefusal(back) || back.length > 0) return 'unknown'
      return filesOf(there)
    },

    async pullRequestFiles(repository, number) {
      const files = await askAll(`/repos/${repository}/pulls/${number}/files`)
      if (files === 'too-many') return 'unknown'
      return isHostRefusal(files) ? files : fileNames(files)
    },

    async permissionOf(repository, login) {
      const answer = await ask(`/repos/${repository}/collaborators/${encodeURIComponent(login)}/permission`)
      if (isHostRefusal(answer)) return answer.code === 'HOST_NOT_FOUND' ? 'none' : answer
      return PERMISSIONS[words(field(answer.json, 'permission'), 20)] ?? 'none'
    },

    async pullRequest(repository, number) {
      const answer = await ask(`/repos/${repository}/pulls/${number}`)
      if (isHostRefusal(answer)) return answer.code === 'HOST_NOT_FOUND' ? undefined : answer
      return readGiteaPullRequest(answer.json) ?? OTHER_FORM
    },

    async openPullRequests(repository) {
      const found = await askAll(`/repos/${repository}/pulls?state=open`)
      if (found === 'too-many') return TOO_MANY_PULL_REQUESTS
      return isHostRefusal(found) ? found : found.flatMap((one) => readGiteaPullRequest(one) ?? [])
    },

    async branchHead(repository, branch) {
      const path = `/repos/${repository}/branches/${branch.split('/').map(encodeURIComponent).join('/')}`
      const answer = await ask(path)
      if (!isHostRefusal(answer)) {
        const commit = readCommitId(field(answer.json, 'commit', 'id'))
        const message = words(field(answer.json, 'commit', 'message'), LONGEST_MESSAGE)
        return commit === undefined ? OTHER_FORM : { commit, message }
      }
      if (answer.code !== 'HOST_NOT_FOUND') return answer
      // The same is said of a repository that we do not see.
      const seen = await ask(`/repos/${repository}`)
      return isHostRefusal(seen) ? seen : undefined
    },

    async setStatus(repository, commit, status) {
      const answer = await ask(`/repos/${repository}/statuses/${commit}`, {
        method: 'POST',
        body: statusBody(status),
      })
      return isHostRefusal(answer) ? answer : undefined
    },

    async upsertComment(repository, number, { marker, body, commentId }) {
      const issue = `/repos/${repository}/issues`
      const known = commentId ?? (await ourComment(ask, `${issue}/${number}/comments`, marker))
      if (isHostRefusal(known)) return known
      if (known !== undefined) {
        const answer = await ask(`${issue}/comments/${known}`, { method: 'PATCH', body: { body } })
        if (!isHostRefusal(answer)) return { commentId: known }
        // Somebody deleted it.
        if (answer.code !== 'HOST_NOT_FOUND') return answer
      }
      const answer = await ask(`${issue}/${number}/comments`, { method: 'POST', body: { body } })
      if (isHostRefusal(answer)) return answer
      const made = wholeNumber(field(answer.json, 'id'))
      return made === undefined ? OTHER_FORM : { commentId: String(made) }
    },

    async cloneCredential() {
      return token === undefined ? undefined : { userName: 'daypass', password: token, expiresAt: undefined }
    },
  }
}

const PERMISSIONS: Readonly<Record<string, HostPermission>> = {
  owner: 'admin',
  admin: 'admin',
  write: 'write',
  read: 'read',
}

/** Undefined: there is none yet. The list comes whole. */
async function ourComment(ask: Ask, path: string, marker: string): Promise<string | undefined | HostRefusal> {
  const [who, comments] = await Promise.all([ask('/user'), ask(path)])
  if (isHostRefusal(who)) return who
  if (isHostRefusal(comments)) return comments
  const us = field(who.json, 'login')
  const ours = list(comments.json).find(
    (one) => field(one, 'user', 'login') === us && String(field(one, 'body')).startsWith(marker),
  )
  const id = wholeNumber(field(ours, 'id'))
  return id === undefined ? undefined : String(id)
}

function statusBody({ context, state, description, url }: CommitStatus) {
  return { state: state === 'running' ? 'pending' : state, context, description, target_url: url }
}

/** Of a commit that lists none we do not know: a merge, or one that is larger than is listed. */
function filesOf(commits: readonly unknown[]): readonly string[] | 'unknown' {
  const files = commits.map((commit) => fileNames(list(field(commit, 'files'))))
  return files.some((names) => names.length === 0) ? 'unknown' : [...new Set(files.flat())]
}
