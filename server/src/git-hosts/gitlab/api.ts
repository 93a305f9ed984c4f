/**
 * GitLab's REST API, with an access token of a project, a group or a person: it has only long-lived ones.
 *
 * @see https://docs.gitlab.com/api/rest/
 */
import { type HostLogin, type RepositoryName, readCommitId } from '../../git-events/git-event.ts'
import {
  type CommitStatus,
  type HostApi,
  type HostApiServices,
  type HostPermission,
  type HostRefusal,
  isHostRefusal,
} from '../adapter.ts'
import type { OpenedHost } from '../git-host.ts'
import { field, LONGEST_MESSAGE, list, wholeNumber, words } from '../json.ts'
import { NO_API } from '../no-api.ts'
import { allPages } from '../pages.ts'
import { OTHER_FORM } from '../refusals.ts'
import { askHost, type HostAnswer, type HostRequest } from '../request.ts'
import { readMergeRequestAnswer } from './read.ts'

const PER_PAGE = 100
const LISTS = { perPage: PER_PAGE, most: 30 }
/** More are not in a comparison, whose limits an operator may have lowered. */
const MOST_COMPARED_FILES = 100

type Ask = (path: string, request?: Pick<HostRequest, 'method' | 'body'>) => Promise<HostAnswer | HostRefusal>

export function gitLabApi({ apiUrl, secrets: { token } }: OpenedHost, services: HostApiServices): HostApi {
  if (apiUrl === null) return NO_API
  const headers: Readonly<Record<string, string>> = token === undefined ? {} : { 'private-token': token }
  const ask: Ask = (path, request = {}) => askHost(services, { ...request, url: apiUrl + path, headers })
  const askAll = (path: string) =>
    allPages(async (page) => {
      const answer = await ask(`${path}${path.includes('?') ? '&' : '?'}per_page=${PER_PAGE}&page=${page}`)
      return isHostRefusal(answer) ? answer : list(answer.json)
    }, LISTS)
  const mergeRequest = (repository: RepositoryName, number: number) =>
    `${projectPath(repository)}/merge_requests/${number}`

  return {
    async check() {
      if (token === undefined) return { identity: 'nobody', missing: [NO_TOKEN] }
      const answer = await ask('/user')
      if (isHostRefusal(answer)) return answer
      return { identity: words(field(answer.json, 'username'), 100), missing: [] }
    },

    async changedFiles(repository, before, after) {
      // Straight: what differs between the two, also where one does not follow on the other.
      const path = `${projectPath(repository)}/repository/compare?from=${before}&to=${after}&straight=true`
      const answer = await ask(path)
      if (isHostRefusal(answer)) return answer
      const diffs = list(field(answer.json, 'diffs'))
      const isWhole = field(answer.json, 'compare_timeout') === false && diffs.length < MOST_COMPARED_FILES
      return isWhole ? pathsOf(diffs) : 'unknown'
    },

    async pullRequestFiles(repository, number) {
      const diffs = await askAll(`${mergeRequest(repository, number)}/diffs`)
      if (diffs === 'too-many') return 'unknown'
      return isHostRefusal(diffs) ? diffs : pathsOf(diffs)
    },

    async permissionOf(repository, login) {
      const userId = await userIdOf(ask, login)
      if (typeof userId !== 'number') return userId ?? 'none'
      const answer = await ask(`${projectPath(repository)}/members/all/${userId}`)
      if (isHostRefusal(answer)) return answer.code === 'HOST_NOT_FOUND' ? 'none' : answer
      return permissionOfLevel(answer.json)
    },

    async pullRequest(repository, number) {
      const answer = await ask(mergeRequest(repository, number))
      if (isHostRefusal(answer)) return answer.code === 'HOST_NOT_FOUND' ? undefined : answer
      return readMergeRequestAnswer(answer.json, repository) ?? OTHER_FORM
    },

    async openPullRequests(repository) {
      const found = await askAll(`${projectPath(repository)}/merge_requests?state=opened`)
      if (found === 'too-many') return { code: 'HOST_REFUSED', sentence: TOO_MANY }
      if (isHostRefusal(found)) return found
      return found.flatMap((one) => readMergeRequestAnswer(one, repository) ?? [])
    },

    async branchHead(repository, branch) {
      const answer = await ask(`${projectPath(repository)}/repository/branches/${encodeURIComponent(branch)}`)
      if (!isHostRefusal(answer)) {
        const commit = readCommitId(field(answer.json, 'commit', 'id'))
        const message = words(field(answer.json, 'commit', 'message'), LONGEST_MESSAGE)
        return commit === undefined ? OTHER_FORM : { commit, message }
      }
      // The same status is said of a project that we do not see.
      return answer.code === 'HOST_NOT_FOUND' && /branch not found/i.test(answer.sentence)
        ? undefined
        : answer
    },

    async setStatus(repository, commit, status) {
      const path = `${projectPath(repository)}/statuses/${commit}`
      const answer = await ask(path, { method: 'POST', body: statusBody(status) })
      if (!isHostRefusal(answer)) return undefined
      // It refuses to be told a state that it has.
      return /cannot transition status/i.test(answer.sentence) ? undefined : answer
    },

    async upsertComment(repository, number, { marker, body, commentId }) {
      const notes = `${mergeRequest(repository, number)}/notes`
      const known = commentId ?? (await ourNote(ask, askAll, notes, marker))
      if (isHostRefusal(known)) return known
      if (known !== undefined) {
        const answer = await ask(`${notes}/${known}`, { method: 'PUT', body: { body } })
        if (!isHostRefusal(answer)) return { commentId: known }
        // Somebody deleted it.
        if (answer.code !== 'HOST_NOT_FOUND') return answer
      }
      const answer = await ask(notes, { method: 'POST', body: { body } })
      if (isHostRefusal(answer)) return answer
      const made = wholeNumber(field(answer.json, 'id'))
      return made === undefined ? OTHER_FORM : { commentId: String(made) }
    },

    async cloneCredential() {
      return token === undefined ? undefined : { userName: 'oauth2', password: token, expiresAt: undefined }
    },
  }
}

/** Its path stands for the project's number. */
function projectPath(repository: RepositoryName): string {
  return `/projects/${encodeURIComponent(repository)}`
}

/** Undefined: there is no such user. */
async function userIdOf(ask: Ask, login: HostLogin): Promise<number | undefined | HostRefusal> {
  const id = /^id:(\d{1,15})$/.exec(login)?.[1]
  if (id !== undefined) return Number(id)
  const answer = await ask(`/users?username=${encodeURIComponent(login)}`)
  if (isHostRefusal(answer)) return answer
  const user = list(answer.json).find((one) => field(one, 'username') === login)
  return wholeNumber(field(user, 'id'))
}

const DEVELOPER = 30
const MAINTAINER = 40

/** @see https://docs.gitlab.com/api/members/#roles */
function permissionOfLevel(member: unknown): HostPermission {
  const level = wholeNumber(field(member, 'access_level')) ?? 0
  if (field(member, 'state') !== 'active') return 'none'
  if (level >= MAINTAINER) return 'admin'
  if (level >= DEVELOPER) return 'write'
  return level > 0 ? 'read' : 'none'
}

async function ourNote(
  ask: Ask,
  askAll: (path: string) => Promise<readonly unknown[] | 'too-many' | HostRefusal>,
  notes: string,
  marker: string,
): Promise<string | undefined | HostRefusal> {
  const [who, all] = await Promise.all([ask('/user'), askAll(notes)])
  if (isHostRefusal(who)) return who
  if (isHostRefusal(all)) return all
  const us = field(who.json, 'id')
  const ours = (all === 'too-many' ? [] : all).find(
    (note) => field(note, 'author', 'id') === us && String(field(note, 'body')).startsWith(marker),
  )
  const id = wholeNumber(field(ours, 'id'))
  return id === undefined ? undefined : String(id)
}

const STATES = {
  pending: 'pending',
  running: 'running',
  success: 'success',
  failure: 'failed',
  error: 'failed',
} as const

function statusBody({ context, state, description, url }: CommitStatus) {
  return { state: STATES[state], name: context, description, target_url: url }
}

/** A file that was renamed changed in two places. */
function pathsOf(diffs: readonly unknown[]): readonly string[] {
  const paths = diffs.flatMap((diff) => [field(diff, 'old_path'), field(diff, 'new_path')])
  return [...new Set(paths.filter((path) => typeof path === 'string'))]
}

const NO_TOKEN =
  'Give the connection an access token of the project or group (role Developer or higher, scope api): without one, private repositories cannot be read, nothing is reported on commits and merge requests, and no author of a merge request is known to have write access.'
const TOO_MANY = 'There are more open merge requests than this server looks through.'
