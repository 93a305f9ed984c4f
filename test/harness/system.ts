/** The whole system for a test: server, a runner of its own, a strict local AWS and a git host, all gone with it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { readLocalAwsConfig } from '@daypass/local-clouds/aws/config.ts'
import { type LocalAws, startLocalAws } from '@daypass/local-clouds/aws/local-aws.ts'
import { startGitHost } from '../../demo/git-host.ts'
import type { TestDatabase } from './database.ts'
import { pulumiProgram } from './pulumi.ts'
import { type ServerOptions, startServer, type TestServer } from './server.ts'

const RUNNER = join(import.meta.dirname, '../../runner/src/main.ts')
export const PROGRAM = join(import.meta.dirname, '../../demo/program')
const DEPLOYMENT_LIMIT_SECONDS = 90

export interface SystemOptions {
  readonly server?: ServerOptions
  /** Flags of the runner beside those that a test on loopback needs. */
  readonly runnerFlags?: readonly string[]
  readonly runnerEnv?: Readonly<Record<string, string>>
  /** Accounts of the local AWS, made when the issuer's URL is known. */
  readonly accounts?: (issuerUrl: string) => readonly object[]
  /** Clouds beside AWS, started when the issuer's URL is known, and what the runner must be told of them. */
  readonly moreClouds?: (issuerUrl: string) => Promise<MoreClouds>
  /** The folder that the git host serves; the demo's program by default. */
  readonly program?: string
}

export interface MoreClouds {
  readonly runnerFlags: readonly string[]
  readonly close: () => Promise<void>
}

export interface System {
  readonly server: TestServer
  readonly runner: TestRunner
  readonly aws: LocalAws
  /** Where the server keeps everything, for assertions. */
  readonly database: TestDatabase
  readonly repoUrl: string
  readonly commit: string
  /** Makes the stack `main/<project>/<stack>`. */
  readonly addStack: (stack: string, project?: string) => Promise<void>
  /** Asks for a deployment and waits for its end. */
  readonly deploy: (stack: string, request: object, project?: string) => Promise<Ended>
  readonly request: (stack: string, request: object, project?: string) => Promise<string>
  readonly waitFor: (
    stack: string,
    id: string,
    until: (read: DeploymentRead) => boolean,
    project?: string,
  ) => Promise<DeploymentRead>
  readonly ended: (stack: string, id: string, project?: string) => Promise<Ended>
  readonly stop: () => Promise<void>
}

export interface DeploymentRead {
  readonly status: string
  readonly failure?: { readonly code: string; readonly message: string }
  readonly jobs?: readonly { readonly steps: readonly { readonly name: string; readonly status: string }[] }[]
}

export interface Ended extends DeploymentRead {
  readonly id: string
  readonly steps: readonly string[]
  /** The log as a person reads it. */
  readonly log: string
}

export interface TestRunner {
  readonly pid: number
  readonly log: () => string
  readonly stop: () => Promise<void>
  readonly kill: () => Promise<void>
}

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const closers: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const close of closers.splice(0).toReversed()) await close()
  }
  try {
    const server = await startServer({ ...options.server, runnerToken: true })
    closers.push(server.stop)
    const aws = await startAws(options.accounts?.(`${server.url}/oidc`) ?? [])
    closers.push(aws.close)
    const more = await options.moreClouds?.(`${server.url}/oidc`)
    if (more) closers.push(more.close)
    const git = await startGitHost(options.program ?? PROGRAM)
    closers.push(git.close)
    const runner = await startRunner(
      server.url,
      server.runnerToken,
      [
        ...['--aws-sts-url', aws.url, '--allow-insecure-git'],
        ...(more?.runnerFlags ?? []),
        ...(options.runnerFlags ?? []),
      ],
      options.runnerEnv,
    )
    closers.push(runner.stop)
    const { database } = server
    if (!database) throw new Error('A system test needs a database that it can look into.')
    return {
      server,
      database,
      aws,
      runner,
      repoUrl: git.repoUrl,
      commit: git.commit,
      stop,
      ...actions(server),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A runner as it stands alone: the token by a pipe, and nothing of our environment but what finds programs. */
export async function startRunner(
  url: string,
  poolToken: string,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<TestRunner> {
  const child = spawn(process.execPath, [RUNNER, '--server', url, '--pool-token-fd', '3', ...flags], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DAYPASS_PULUMI: pulumiProgram(), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  child.once('exit', () => process.off('exit', endWithUs))
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data: Buffer) => {
      log += data.toString()
    })
  }
  ;(child.stdio[3] as Writable).end(`${poolToken}\n`)
  return {
    pid: child.pid ?? 0,
    log: () => log,
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

async function startAws(accounts: readonly object[]): Promise<LocalAws> {
  const read = readLocalAwsConfig({ accounts })
  if (!read.ok) throw new Error(`${read.path}: ${read.sentence}`)
  return startLocalAws({ config: read.config, now: () => new Date(), fetch: globalThis.fetch, randomBytes })
}

type Actions = Pick<System, 'addStack' | 'request' | 'deploy' | 'waitFor' | 'ended'>

function actions(server: TestServer): Actions {
  const path = (project: string, stack: string) => `/api/stacks/main/${project}/${stack}`
  const call = async (method: string, at: string, body?: object) => {
    const answer = await server.call(method, at, body)
    if (answer.status >= 300)
      throw new Error(`${method} ${at}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  async function request(stack: string, body: object, project = 'shop'): Promise<string> {
    return (await call('POST', `${path(project, stack)}/deployments`, body)).id
  }

  async function waitFor(
    stack: string,
    id: string,
    until: (read: DeploymentRead) => boolean,
    project = 'shop',
  ) {
    for (const deadline = Date.now() + DEPLOYMENT_LIMIT_SECONDS * 1000; ; await sleep(50)) {
      const read: DeploymentRead = await call('GET', `${path(project, stack)}/deployments/${id}`)
      if (until(read)) return read
      if (Date.now() > deadline) throw new Error(`${stack} is still ${JSON.stringify(read)}`)
    }
  }

  async function ended(stack: string, id: string, project = 'shop'): Promise<Ended> {
    const read = await waitFor(
      stack,
      id,
      ({ status }) => ['succeeded', 'failed', 'skipped'].includes(status),
      project,
    )
    let log = ''
    const steps: string[] = []
    let token: string | undefined = ''
    while (token !== undefined) {
      const query: string = token === '' ? '' : `?continuationToken=${token}`
      const page = await call('GET', `${path(project, stack)}/deployments/${id}/logs${query}`)
      for (const { header, line } of page.lines) {
        if (header !== undefined) steps.push(header)
        log += header === undefined ? line : `## ${header}\n`
      }
      token = page.nextToken || undefined
    }
    return { ...read, id, steps, log }
  }

  return {
    addStack: async (stackName, project = 'shop') =>
      void (await call('POST', `/api/stacks/main/${project}`, { stackName })),
    request,
    waitFor,
    ended,
    deploy: async (stack, body, project) => ended(stack, await request(stack, body, project), project),
  }
}
