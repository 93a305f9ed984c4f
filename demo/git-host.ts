/**
 * A git host on loopback: one bare repository, read-only over HTTP by git's own `http-backend`, pushed to by its path.
 *
 * The demo and the tests clone from it as they would from any host. It speaks CGI (RFC 3875) to git. Of pushes it tells
 * Daypass by a post-receive hook, once it knows where.
 */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const HOOK = fileURLToPath(new URL('./post-receive.mjs', import.meta.url))
const REPOSITORY = 'acme/shop'

export interface GitHost {
  readonly webUrl: string
  /** `owner/name`, as a stack's settings name it. */
  readonly repository: string
  /** Clone URL of the repository. */
  readonly repoUrl: string
  /** The commit that `main` began with. */
  readonly commit: string
  /** From then on, its hook tells of each push. */
  readonly tellOf: (connection: {
    readonly eventsUrl: string
    readonly webhookSecret: string
  }) => Promise<void>
  /** Appends the text to a file, commits, and pushes to `ref`. @returns The commit. */
  readonly push: (ref: string, change: { readonly file: string; readonly text: string }) => Promise<string>
  readonly close: () => Promise<void>
}

/** Serves a repository whose `main` branch holds the files of `folder`. */
export async function startGitHost(folder: string): Promise<GitHost> {
  const root = await mkdtemp(join(tmpdir(), 'daypass-git-'))
  const [work, bare] = [join(root, 'work'), join(root, `${REPOSITORY}.git`)]
  const git = gitIn(work)
  const commit = await commitFolder(folder, work, bare)
  const backend = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend')
  const server = createServer((request, response) => serveWithGit(backend, root, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const webUrl = `http://127.0.0.1:${port}`
  const repoUrl = `${webUrl}/${REPOSITORY}.git`
  return {
    webUrl,
    repository: REPOSITORY,
    repoUrl,
    commit,
    tellOf: (connection) => addHook(bare, join(root, 'webhook-secret'), { ...connection, repoUrl }),
    push: async (ref, { file, text }) => {
      await appendFile(join(work, file), text)
      await git('commit', '--quiet', '--all', '-m', `Change ${file}`)
      await git('push', '--quiet', bare, `HEAD:${ref}`)
      return git('rev-parse', 'HEAD')
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(root, { recursive: true, force: true })
    },
  }
}

function gitIn(folder: string): (...args: string[]) => Promise<string> {
  const who = ['-c', 'user.name=Demo', '-c', 'user.email=demo@example.com']
  return async (...args) => (await run('git', [...who, ...args], { cwd: folder })).stdout.trim()
}

async function commitFolder(folder: string, work: string, bare: string): Promise<string> {
  await mkdir(work)
  await cp(folder, work, { recursive: true })
  const git = gitIn(work)
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '.')
  await git('commit', '--quiet', '-m', 'A program that asks the cloud who it is')
  await git('clone', '--quiet', '--bare', '.', bare)
  await gitIn(bare)('config', 'uploadpack.allowReachableSHA1InWant', 'true')
  return git('rev-parse', 'HEAD')
}

async function addHook(
  bare: string,
  secretFile: string,
  connection: { readonly eventsUrl: string; readonly webhookSecret: string; readonly repoUrl: string },
): Promise<void> {
  const { eventsUrl, webhookSecret, repoUrl } = connection
  await writeFile(secretFile, webhookSecret, { mode: 0o600 })
  const hooks = join(bare, 'hooks')
  await mkdir(hooks, { recursive: true })
  await writeFile(join(hooks, 'post-receive'), `#!/bin/sh\nexec '${process.execPath}' '${HOOK}'\n`, {
    mode: 0o700,
  })
  // Whoever runs this may have hooks of their own for all repositories.
  const settings = {
    'core.hooksPath': hooks,
    'daypass.eventsUrl': eventsUrl,
    'daypass.secretFile': secretFile,
  }
  for (const [name, value] of Object.entries({ ...settings, 'daypass.repoUrl': repoUrl }))
    await gitIn(bare)('config', name, value)
}

export function serveWithGit(
  backend: string,
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost')
  const child = spawn(backend, {
    env: {
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      // The repository may belong to another user than the one that git runs as.
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.on('error', () => response.destroy())
  request.pipe(child.stdin).on('error', () => child.kill())
  let head = Buffer.alloc(0)
  child.stdout.on('data', (chunk: Buffer) => {
    if (response.headersSent) return void response.write(chunk)
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    const lines = head.subarray(0, end).toString().split('\r\n')
    const status = lines.find((line) => line.startsWith('Status: '))?.slice(8, 11)
    const headers = lines
      .filter((line) => !line.startsWith('Status: '))
      .map((line) => line.split(': ', 2) as [string, string])
    response.writeHead(Number(status ?? 200), Object.fromEntries(headers))
    response.write(head.subarray(end + 4))
  })
  child.stdout.on('end', () => response.end())
}
