/**
 * A real Git host over HTTP for tests: `git http-backend` behind a few lines of CGI, with repositories made on demand.
 */
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface GitHost {
  readonly url: string
  /** Where the bare repositories lie. */
  readonly folder: string
  readonly authorizations: (string | undefined)[]
  /** Makes a repository with one commit on `main`; a value `-> x` is a symbolic link. Returns the commit. */
  create(name: string, files: Readonly<Record<string, string>>): string
  /** Adds a commit and returns it. */
  commit(name: string, files: Readonly<Record<string, string>>, branch?: string): string
  close(): Promise<void>
}

/** `/private/…` wants these credentials; `/slow/…` never answers; `/moved/…` redirects. */
export const GIT_USER = 'x-access-token'
export const GIT_TOKEN = 'ghp_a-secret-that-must-not-be-seen'

export async function startGitHost(): Promise<GitHost> {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-git-'))
  chmodSync(folder, 0o755)
  const authorizations: (string | undefined)[] = []
  const backend = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend')

  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://git').pathname)
    authorizations.push(request.headers.authorization)
    if (path.startsWith('/slow/')) return
    if (path.startsWith('/moved/')) {
      response.writeHead(301, { location: request.url?.replace('/moved/', '/') ?? '/' }).end()
      return
    }
    const wanted = `Basic ${Buffer.from(`${GIT_USER}:${GIT_TOKEN}`).toString('base64')}`
    if (path.startsWith('/private/') && request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    serve(backend, folder, path, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  function commit(name: string, files: Readonly<Record<string, string>>, branch = 'main'): string {
    const work = join(folder, 'work', name)
    const git = (...args: string[]): string =>
      execFileSync(
        'git',
        ['-C', work, '-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      ).trim()
    git('checkout', '-q', '-B', branch)
    for (const [path, content] of Object.entries(files)) {
      const full = join(work, path)
      mkdirSync(dirname(full), { recursive: true })
      if (content.startsWith('-> ')) symlinkSync(content.slice(3), full)
      else writeFileSync(full, content, { mode: content.startsWith('#!') ? 0o755 : 0o644 })
    }
    git('add', '-A')
    git('commit', '-q', '-m', 'A commit')
    git('push', '-q', 'origin', branch)
    return git('rev-parse', 'HEAD')
  }

  return {
    url: `http://127.0.0.1:${port}`,
    folder,
    authorizations,
    create(name, files) {
      const bare = join(folder, `${name}.git`)
      const work = join(folder, 'work', name)
      for (const path of [bare, work]) rmSync(path, { recursive: true, force: true })
      execFileSync('git', ['init', '-q', '--bare', '-b', 'main', bare])
      execFileSync('git', ['-C', bare, 'config', 'http.receivepack', 'false'])
      execFileSync('git', ['clone', '-q', bare, work], { stdio: 'ignore' })
      return commit(name, files)
    },
    commit,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          rmSync(folder, { recursive: true, force: true })
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

function serve(
  backend: string,
  folder: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const cgi = spawn(backend, {
    env: {
      PATH: '/usr/bin:/bin',
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path.replace(/^\/private/, ''),
      QUERY_STRING: new URL(request.url ?? '/', 'http://git').search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  request.pipe(cgi.stdin)
  cgi.stdin.on('error', () => undefined)
  const chunks: Buffer[] = []
  cgi.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  cgi.on('close', () => {
    const all = Buffer.concat(chunks)
    const end = all.indexOf('\r\n\r\n')
    const headers = all
      .subarray(0, end)
      .toString('latin1')
      .split('\r\n')
      .map((line) => line.split(': ') as [string, string])
    const status = headers.find(([name]) => name.toLowerCase() === 'status')?.[1]
    response.writeHead(status ? Number.parseInt(status, 10) : 200, Object.fromEntries(headers))
    response.end(all.subarray(end + 4))
  })
}
