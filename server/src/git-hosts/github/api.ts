/** GitHub's REST API, as far as deployments need it. Each call has a token with the permission for it, and no more. */
import { type RepositoryName, readCommitId } from '../../git-events/git-event.ts'
import {
  type HostApi,
  type HostApiServices,
  type HostPermission,
  type HostRefusal,
  isHostRefusal,
} from '../adapter.ts'
import type { OpenedHost } from '../git-host.ts'
import { field, LONGEST_MESSAGE, list, words } from '../json.ts'
import { NO_API } from '../no-api.ts'
import { allPages } from '../pages.ts'
import { OTHER_FORM, TOO_MANY_PULL_REQUESTS } from '../refusals.ts'
import { askHost, type HostAnswer, type HostRequest } from '../request.ts'
import { type AppPermissions, appTokens, gitHubHeaders } from './app-token.ts'
import { checkApp, checkToken } from './check.ts'
import { fileNames, readPullRequest } from './read.ts'
import { reports } from './report.ts'

/** More are not listed by a comparison. */
const MOST_COMPARED_FILES = 300
const PER_PAGE = 100
/** GitHub lists at most 3000 files of a pull request. */
const FILES = { perPage: PER_PAGE, most: 29 }
const PULL_REQUESTS = { perPage: PER_PAGE, most: 20 }

/** Asks one repository for something, with a token that may do just that. */
export type AskRepository = (
  repository: RepositoryName,
  permissions: AppPermissions,
  request: Omit<HostRequest, 'url' | 'headers'> & { readonly path: string },
) => Promise<HostAnswer | HostRefusal>

export function gitHubApi(host: OpenedHost, services: HostApiServices): HostApi {
  const { apiUrl, settings, secrets } = host
  if (apiUrl === null) return NO_API
  const app =
    settings.appId !== undefined && secrets.privateKey !== undefined
      ? { hostId: host.id, apiUrl, appId: settings.appId, privateKey: secrets.privateKey }
      : undefined
  const tokens = app && appTokens(services, app)

  const tokenFor = async (
    repository: RepositoryName,
    permissions: AppPermissions,
  ): Promise<{ token: string; expiresAt: Date | undefined } | undefined | HostRefusal> => {
    if (tokens) return tokens.tokenFor(repository, permissions)
    return secrets.token === undefined ? undefined : { token: secrets.token, expiresAt: undefined }
  }

  const ask: AskRepository = async (repository, permissions, { path, ...request }) => {
    const credential = await tokenFor(repository, permissions)
    if (isHostRefusal(credential)) return credential
    const url = `${apiUrl}/repos/${repository}${path}`
    return askHost(services, { ...request, url, headers: gitHubHeaders(credential?.token) })
  }

  return {
    check: () =>
      app && tokens ? checkApp(services, app, tokens) : checkToken(services, apiUrl, secrets.token),

    async changedFiles(repository, before, after) {
      const answer = await ask(repository, CONTENTS, { path: `/compare/${before}...${after}?per_page=1` })
      if (isHostRefusal(answer)) return answer
      const isAhead = ['ahead', 'identical'].includes(String(field(answer.json, 'status')))
      const files = list(field(answer.json, 'files'))
      // From where two branches parted the comparison tells one side only.
      return isAhead && files.length < MOST_COMPARED_FILES ? fileNames(files) : 'unknown'
    },

    async pullRequestFiles(repository, number) {
      const files = await allPages(async (page) => {
        const path = `/pulls/${number}/files?per_page=${PER_PAGE}&page=${page}`
        const answer = await ask(repository, PULLS, { path })
        return isHostRefusal(answer) ? answer : list(answer.json)
      }, FILES)
      if (files === 'too-many') return 'unknown'
      return isHostRefusal(files) ? files : fileNames(files)
    },

    async permissionOf(repository, login) {
      const path = `/collaborators/${encodeURIComponent(login)}/permission`
      const answer = await ask(repository, METADATA, { path })
      // Whoever is no user is told alike, as a bot.
      if (isHostRefusal(answer)) return answer.code === 'HOST_NOT_FOUND' ? 'none' : answer
      return PERMISSIONS[words(field(answer.json, 'permission'), 20)] ?? 'none'
    },

    async pullRequest(repository, number) {
      const answer = await ask(repository, PULLS, { path: `/pulls/${number}` })
      if (isHostRefusal(answer)) return answer.code === 'HOST_NOT_FOUND' ? undefined : answer
      return readPullRequest(answer.json) ?? OTHER_FORM
    },

    async openPullRequests(repository) {
      const found = await allPages(async (page) => {
        const path = `/pulls?state=open&per_page=${PER_PAGE}&page=${page}`
        const answer = await ask(repository, PULLS, { path })
        return isHostRefusal(answer) ? answer : list(answer.json)
      }, PULL_REQUESTS)
      if (found === 'too-many') return TOO_MANY_PULL_REQUESTS
      return isHostRefusal(found) ? found : found.flatMap((one) => readPullRequest(one) ?? [])
    },

    async branchHead(repository, branch) {
      const path = `/branches/${branch.split('/').map(encodeURIComponent).join('/')}`
      const answer = await ask(repository, CONTENTS, { path })
      if (!isHostRefusal(answer)) {
        const commit = readCommitId(field(answer.json, 'commit', 'sha'))
        const message = words(field(answer.json, 'commit', 'commit', 'message'), LONGEST_MESSAGE)
        return commit === undefined ? OTHER_FORM : { commit, message }
      }
      // The same status is said of a repository that we do not see.
      return answer.code === 'HOST_NOT_FOUND' && /branch not found/i.test(answer.sentence)
        ? undefined
        : answer
    },

    ...reports(ask, app !== undefined),

    async cloneCredential(repository) {
      const credential = await tokenFor(repository, CONTENTS)
      if (credential === undefined || isHostRefusal(credential)) return credential
      const { token, expiresAt } = credential
      return { userName: 'x-access-token', password: token, expiresAt }
    },
  }
}

const METADATA: AppPermissions = { metadata: 'read' }
const CONTENTS: AppPermissions = { contents: 'read' }
const PULLS: AppPermissions = { pull_requests: 'read' }

const PERMISSIONS: Readonly<Record<string, HostPermission>> = {
  admin: 'admin',
  write: 'write',
  read: 'read',
}
