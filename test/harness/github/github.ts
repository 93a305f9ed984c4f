/**
 * A strict GitHub on loopback: the API that we use, checked against GitHub's description request by request, git over HTTP,
 * and deliveries. Whatever it refuses as a mistake of ours is kept in `mistakes`, which a test expects to be empty.
 *
 * It is at home below one address, as a GitHub Enterprise Server is: `/api/v3/…`, and `/<owner>/<name>.git`.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveWithGit } from '../../../demo/git-host.ts'
import { type Caller, type Callers, callersOf, INSTALLATION_ID } from './callers.ts'
import { type Manifest, manifestPages } from './manifest-page.ts'
import { type Permissions, reaches, WANTED } from './permissions.ts'
import { makeRepository, type Repository } from './repositories.ts'
import { checkRequest, type KnownRequest } from './request-check.ts'
import { type Answer, NOT_FOUND, ROUTES } from './routes.ts'

export interface GitHub {
  readonly webUrl: string
  readonly apiUrl: string
  readonly app: Callers['app']
  readonly repositories: ReadonlyMap<string, Repository>
  /** With its owner as admin. The App is installed on it, unless it is a fork. */
  readonly makeRepository: (
    name: string,
    about?: { readonly private?: boolean; readonly forkOf?: string },
  ) => Promise<Repository>
  /** Of a person; also the password of git. */
  readonly makeToken: (login: string) => string
  /** Requests that GitHub does not document, or whose caller may not make them. */
  readonly mistakes: string[]
  /** What GitHub hands to whoever has just made an App of a manifest: good once, for the App's secrets. */
  readonly manifestCodes: Set<string>
  /** Apps that were made on GitHub's pages, and the organization that each is to belong to. */
  readonly madeApps: { readonly manifest: Manifest; readonly owner: string | undefined }[]
  /** `repos/get-branch` and so on, in the order in which they were answered. */
  readonly calls: string[]
  /** Set by a test: an answer instead of the usual one. */
  trouble: ((request: { readonly operation: string }) => Trouble | undefined) | undefined
  readonly close: () => Promise<void>
}

export interface Trouble {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

/** What the App may do and hears of, unless a test says otherwise: what the guide asks for. */
const APP_PERMISSIONS: Permissions = {
  contents: 'read',
  metadata: 'read',
  pull_requests: 'write',
  checks: 'write',
  statuses: 'write',
}
const APP_EVENTS = ['push', 'pull_request', 'issue_comment', 'pull_request_review']
const API = '/api/v3'
export const APP_WEBHOOK_SECRET = 'c0ffee'.repeat(7)

export async function startGitHub(
  options: {
    readonly permissions?: Permissions
    readonly events?: readonly string[]
    readonly now?: () => Date
  } = {},
): Promise<GitHub> {
  const { permissions = APP_PERMISSIONS, events = APP_EVENTS, now = () => new Date() } = options
  const root = await mkdtemp(join(tmpdir(), 'daypass-github-'))
  const callers = callersOf({ permissions, events, now })
  const repositories = new Map<string, Repository>()
  const backend = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend')
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname.startsWith(`${API}/`)) void api(request, response)
    else if (pages.answer(request, response)) return
    else git(request, response, pathname)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const webUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function api(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', webUrl)
    const headers = request.headers as Record<string, string | undefined>
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const [method, path] = [request.method ?? 'GET', url.pathname.slice(API.length)]
    const body = Buffer.concat(chunks).toString()
    const known = checkRequest({ method, path, query: url.searchParams, headers, body })
    if ('problem' in known) {
      github.mistakes.push(known.problem)
      return send(response, { status: 400, body: { message: known.problem } })
    }
    const trouble = github.trouble?.(known)
    if (trouble !== undefined)
      return send(response, { status: trouble.status, body: { message: 'Trouble' } }, trouble.headers)
    const answer = await answerTo(known, headers['authorization']).catch((error: unknown): Answer => {
      github.mistakes.push(`${known.operation}: ${error}`)
      return { status: 500, body: { message: String(error) } }
    })
    github.calls.push(known.operation)
    send(response, answer)
  }

  async function answerTo(known: KnownRequest, authorization: string | undefined): Promise<Answer> {
    const caller = await callers.callerOf(authorization)
    if (caller === undefined) return { status: 401, body: { message: 'Bad credentials' } }
    const wanted = WANTED[known.operation]
    if (wanted === undefined) throw new Error('nobody wrote down who may ask for it')
    if (wanted === 'app' || wanted === 'person' || wanted === 'nobody') {
      if (wanted !== 'nobody' && caller.kind !== wanted) {
        github.mistakes.push(`${known.operation}: it is for ${wanted}, and ${caller.kind} asked`)
        return { status: 401, body: { message: 'A JSON web token could not be decoded' } }
      }
      return answerApp(known, caller)
    }
    const name = `${known.parameters['owner']}/${known.parameters['repo']}`
    const repository = repositories.get(name)
    const refusal = repository === undefined ? NOT_FOUND : refusalFor(caller, repository, known)
    if (repository === undefined || refusal !== undefined) return refusal ?? NOT_FOUND
    const route = ROUTES[known.operation]
    if (route === undefined) throw new Error('it is described, and not answered here')
    const as =
      caller.kind === 'person'
        ? { login: caller.login, type: 'User' as const }
        : { login: `${callers.app.slug}[bot]`, type: 'Bot' as const }
    return route({ ...known, repository, caller: as, place: { webUrl, repositories } })
  }

  function refusalFor(
    caller: Caller,
    repository: Repository,
    { operation }: KnownRequest,
  ): Answer | undefined {
    const forbidden: Answer = { status: 403, body: { message: 'Resource not accessible by integration' } }
    const wanted = WANTED[operation] ?? []
    switch (caller.kind) {
      case 'installation': {
        if (!caller.repositories.includes(repository.name)) return NOT_FOUND
        if (reaches(caller.permissions, wanted)) return undefined
        github.mistakes.push(`${operation}: the token has only ${JSON.stringify(caller.permissions)}`)
        return forbidden
      }
      case 'person': {
        const role = repository.collaborators.get(caller.login)
        if (role === undefined && repository.private) return NOT_FOUND
        // Of a comment GitHub asks no more than that one sees the repository.
        const writes = /^(repos\/create-commit-status|checks\/)/.test(operation)
        return writes && role !== 'write' && role !== 'admin' ? forbidden : undefined
      }
      default:
        return caller.kind === 'app' ? forbidden : repository.private ? NOT_FOUND : undefined
    }
  }

  function answerApp({ operation, parameters, body }: KnownRequest, caller: Caller): Answer {
    const { id, slug, permissions: granted, events: heard, repositories: installed } = callers.app
    const app = { id: Number(id), slug, permissions: granted, events: heard }
    switch (operation) {
      case 'apps/get-authenticated':
        return { status: 200, body: app }
      case 'apps/list-installations':
        return { status: 200, body: installed.size === 0 ? [] : [{ id: INSTALLATION_ID }] }
      case 'apps/get-repo-installation': {
        const name = `${parameters['owner']}/${parameters['repo']}`
        return installed.has(name) ? { status: 200, body: { id: INSTALLATION_ID } } : NOT_FOUND
      }
      case 'apps/create-installation-access-token': {
        if (parameters['installation_id'] !== String(INSTALLATION_ID)) return NOT_FOUND
        const token = callers.installationToken(body ?? {})
        if (typeof token === 'string') return { status: 422, body: { message: token } }
        return { status: 201, body: token }
      }
      case 'apps/create-from-manifest': {
        if (!github.manifestCodes.delete(parameters['code'] ?? '')) return NOT_FOUND
        const secrets = {
          pem: callers.app.privateKey,
          webhook_secret: APP_WEBHOOK_SECRET,
          client_id: 'Iv1.1',
        }
        return {
          status: 201,
          body: { ...app, ...secrets, client_secret: 'x', html_url: `${webUrl}/apps/${slug}` },
        }
      }
      case 'users/get-authenticated':
        return { status: 200, body: { login: caller.kind === 'person' ? caller.login : '' } }
      default:
        throw new Error('it is described, and not answered here')
    }
  }

  function git(request: IncomingMessage, response: ServerResponse, pathname: string): void {
    const [, name = ''] = /^\/([^/]+\/[^/]+?)\.git\//.exec(pathname) ?? []
    const repository = repositories.get(name)
    const pushes = request.url?.includes('git-receive-pack') ?? false
    const caller = callers.gitCaller(request.headers['authorization'])
    if (repository !== undefined && mayUseGit(caller, repository, pushes))
      serveWithGit(backend, root, request, response)
    // git asks again with a credential, if it has one.
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end()
  }

  const github: GitHub = {
    webUrl,
    apiUrl: `${webUrl}${API}`,
    app: callers.app,
    repositories,
    mistakes: [],
    manifestCodes: new Set(),
    madeApps: [],
    calls: [],
    trouble: undefined,
    makeToken: callers.makeToken,
    async makeRepository(name, { private: isPrivate = false, forkOf } = {}) {
      const about = { id: repositories.size + 1, name, private: isPrivate }
      const made = await makeRepository(root, forkOf === undefined ? about : { ...about, parent: forkOf })
      made.collaborators.set(name.split('/')[0] ?? '', 'admin')
      repositories.set(name, made)
      if (forkOf === undefined) callers.app.repositories.add(name)
      return made
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(root, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  const pages = manifestPages(github.mistakes, (manifest, code, owner) => {
    github.madeApps.push({ manifest, owner })
    github.manifestCodes.add(code)
    callers.app.permissions = manifest.default_permissions
    callers.app.events = manifest.default_events
  })
  return github
}

function mayUseGit(caller: Caller, repository: Repository, pushes: boolean): boolean {
  switch (caller.kind) {
    case 'person': {
      const role = repository.collaborators.get(caller.login)
      return pushes ? role === 'write' || role === 'admin' : role !== undefined || !repository.private
    }
    case 'installation': {
      const level = caller.permissions['contents']
      const isSeen = caller.repositories.includes(repository.name)
      return isSeen && (pushes ? level === 'write' : level !== undefined)
    }
    default:
      return !pushes && !repository.private
  }
}

function send(
  response: ServerResponse,
  { status, body }: Answer,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(body === undefined ? '' : JSON.stringify(body))
}
