/** A real Gitea with SQLite in a folder of its own, on a free port of loopback; it dies with its test. */
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../../demo/world.ts'
import { cacheRoot } from '../../tools/setup/cache.mjs'
import { findGitea } from '../../tools/setup/gitea.mjs'

const START_LIMIT_MS = 90_000
const PASSWORD = 'a-password-for-this-test'

export interface GiteaUser {
  readonly login: string
  readonly password: string
  /** May do whatever its user may. */
  readonly token: string
}

export interface Gitea {
  readonly url: string
  readonly admin: GiteaUser
  readonly makeUser: (login: string) => Promise<GiteaUser>
  /** As that user, below `/api/v1`. @throws when it answers an error. */
  readonly api: (user: GiteaUser, method: string, path: string, body?: object) => Promise<GiteaJson>
  readonly stop: () => Promise<void>
}

/** What it answers, as a test that knows the answer reads it. */
// biome-ignore lint/suspicious/noExplicitAny: the answers of a foreign program, looked into by tests
export type GiteaJson = any

/** @returns Why it cannot be had here, instead. */
export async function startGitea(): Promise<Gitea | { readonly missing: string }> {
  const found = await findGitea({
    cache: cacheRoot(process.env),
    env: process.env,
    signal: AbortSignal.timeout(START_LIMIT_MS),
  })
  if ('reason' in found) return { missing: `no Gitea: ${found.reason}; run \`npm run setup:gitea\` once` }
  const folder = await mkdtemp(join(tmpdir(), 'daypass-gitea-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const config = join(folder, 'app.ini')
  await writeFile(config, configuration({ folder, port, url, binary: found.binary }))
  await mkdir(join(folder, 'home'))
  const env = { HOME: join(folder, 'home'), PATH: process.env['PATH'], USER: userInfo().username }
  const child = spawn(found.binary, ['web', '--config', config], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000)
    })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  const stop = async (): Promise<void> => {
    process.off('exit', endWithUs)
    child.kill('SIGKILL')
    await gone
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  for (const deadline = Date.now() + START_LIMIT_MS; !(await isReady(url)); await sleep(100)) {
    if (child.exitCode === null && Date.now() < deadline) continue
    await stop()
    throw new Error(`Gitea did not start: ${output.slice(-2000)}`)
  }
  const words = ['admin', 'user', 'create', '--config', config, '--admin', '--username', 'root']
  const { stdout } = await promisify(execFile)(
    found.binary,
    [
      ...words,
      ...['--password', PASSWORD, '--email', 'root@example.com', '--must-change-password=false'],
      ...['--access-token', '--access-token-scopes', 'all'],
    ],
    { env },
  )
  const [token] = /\b[0-9a-f]{40}\b/.exec(stdout) ?? []
  if (token === undefined) throw new Error(`Gitea made no token: ${stdout}`)
  return worldOf(url, { login: 'root', password: PASSWORD, token }, stop)
}

function worldOf(url: string, admin: GiteaUser, stop: () => Promise<void>): Gitea {
  const call = async (authorization: string, method: string, path: string, body?: object) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
  const api: Gitea['api'] = (user, method, path, body) => call(`token ${user.token}`, method, path, body)
  return {
    url,
    admin,
    api,
    stop,
    makeUser: async (login) => {
      const user = { username: login, password: PASSWORD, email: `${login}@example.com` }
      await api(admin, 'POST', '/admin/users', { ...user, must_change_password: false })
      const basic = `Basic ${Buffer.from(`${login}:${PASSWORD}`).toString('base64')}`
      const { sha1 } = await call(basic, 'POST', `/users/${login}/tokens`, { name: 'test', scopes: ['all'] })
      return { login, password: PASSWORD, token: sha1 }
    },
  }
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/api/healthz`).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** Nothing that it does not need, so that it is up soon and writes little. */
function configuration(place: {
  readonly folder: string
  readonly port: number
  readonly url: string
  readonly binary: string
}): string {
  const { folder, port, url, binary } = place
  const { username, uid } = userInfo()
  // What was built from Go modules has no files in it.
  const files = join(dirname(binary), 'static')
  const secret = () => randomBytes(32).toString('hex')
  const sections: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>> = {
    server: {
      PROTOCOL: 'http',
      HTTP_ADDR: '127.0.0.1',
      HTTP_PORT: port,
      ROOT_URL: `${url}/`,
      DISABLE_SSH: true,
      OFFLINE_MODE: true,
      ...(existsSync(files) && { STATIC_ROOT_PATH: files }),
    },
    database: { DB_TYPE: 'sqlite3', PATH: join(folder, 'gitea.db'), SQLITE_JOURNAL_MODE: 'WAL' },
    repository: { ROOT: join(folder, 'repositories'), DEFAULT_BRANCH: 'main' },
    git: { HOME_PATH: join(folder, 'home') },
    // Passwords here are no secrets; the usual way takes a second for each.
    security: { INSTALL_LOCK: true, SECRET_KEY: secret(), PASSWORD_HASH_ALGO: 'pbkdf2$1000$50' },
    oauth2: { ENABLED: false },
    service: { DISABLE_REGISTRATION: true },
    webhook: { ALLOWED_HOST_LIST: 'loopback', DELIVER_TIMEOUT: 5 },
    mailer: { ENABLED: false },
    session: { PROVIDER: 'memory' },
    indexer: { ISSUE_INDEXER_TYPE: 'db' },
    queue: { TYPE: 'channel' },
    cron: { ENABLED: false },
    actions: { ENABLED: false },
    packages: { ENABLED: false },
    picture: { DISABLE_GRAVATAR: true },
    log: { MODE: 'console', LEVEL: 'warn' },
  }
  const lines = [
    `RUN_USER = ${username}`,
    'RUN_MODE = prod',
    `WORK_PATH = ${folder}`,
    // In a container we are nobody else; it serves loopback for the time of a test.
    ...(uid === 0 ? ['I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true'] : []),
    ...Object.entries(sections).flatMap(([name, values]) => [
      `[${name}]`,
      ...Object.entries(values).map(([key, value]) => `${key} = ${value}`),
    ]),
  ]
  return `${lines.join('\n')}\n`
}
