/**
 * A git host on loopback: one bare repository, read-only, over HTTP by git's own `http-backend`.
 *
 * The demo and the tests clone from it as they would from any host. It speaks CGI (RFC 3875) to git.
 */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface GitHost {
  /** Clone URL of the repository. */
  readonly repoUrl: string
  /** The commit at the tip of `main`. */
  readonly commit: string
  readonly close: () => Promise<void>
}

/** Serves a repository whose `main` branch holds the files of `folder`. */
export async function startGitHost(folder: string): Promise<GitHost> {
  const root = await mkdtemp(join(tmpdir(), 'daypass-git-'))
  const commit = await commitFolder(folder, root)
  const backend = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend')
  const server = createServer((request, response) => serveWithGit(backend, root, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    repoUrl: `http://127.0.0.1:${port}/shop.git`,
    commit,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function commitFolder(folder: string, root: string): Promise<string> {
  const work = join(root, 'work')
  await mkdir(work)
  await cp(folder, work, { recursive: true })
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=Demo', '-c', 'user.email=demo@example.com', ...args], { cwd: work })
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '.')
  await git('commit', '--quiet', '-m', 'A program that asks the cloud who it is')
  await git('clone', '--quiet', '--bare', '.', join(root, 'shop.git'))
  await run('git', ['-C', join(root, 'shop.git'), 'config', 'uploadpack.allowReachableSHA1InWant', 'true'])
  return (await git('rev-parse', 'HEAD')).stdout.trim()
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
