/**
 * `daypass start`: the server and one runner, until stopped.
 *
 * The runner's pool token comes from the server through a pipe and goes to the runner through another, so it
 * is in no file, no argument and no environment. Each start makes a new one.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type Command, Option } from 'commander'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { RUNNER_PROGRAM, SERVER_PROGRAM } from '../program-path.ts'

interface StartOptions {
  readonly port?: string
  readonly host?: string
  readonly data?: string
  readonly baseUrl?: string
  readonly issuerUrl?: string
  readonly adminTokenFile?: string
  readonly orgName?: string
  readonly adminLogin?: string
  readonly newAdminToken?: boolean
  readonly logLevel?: string
  readonly stackWaitSeconds?: string
  readonly keepStateVersions?: string
  readonly keepStateDays?: string
  readonly largestStateMb?: string
  readonly largestEventBatchMb?: string
  readonly largestUpdateEventsMb?: string
  readonly failedLoginsPerMinute?: string
  readonly launcher?: string
  readonly jobs?: string
  readonly allowInsecureGit?: boolean
  readonly awsStsUrl?: string
  readonly pulumi?: string
  readonly cacheFolder?: string
  readonly caFile?: string
  readonly dockerNetwork?: string
  readonly ignoreExecutorImages?: boolean
}

export function addStartCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('start')
    .description('server and one runner together, until stopped')
    .option('--port <port>', 'port to listen on (default 8080)')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--data <folder>', 'folder of the database and the master key')
    .option('--base-url <url>', 'the address people and clouds use (default http://<host>:<port>)')
    .option('--issuer-url <url>', 'the issuer of tokens (default <base URL>/oidc)')
    .option('--admin-token-file <file>', 'write the first admin token there (mode 0600)')
    .option('--org-name <name>', 'name of the first organization')
    .option('--admin-login <login>', 'login of the first admin')
    .option('--new-admin-token', 'make another token for the first admin, for one that was lost')
    .option('--log-level <level>', 'silent, error, warn, info or debug')
    .option(
      '--stack-wait-seconds <n>',
      'how long a deployment waits for whoever holds its stack (default 600)',
    )
    .option('--keep-state-versions <n>', 'keep the newest n states of each stack (default: all)')
    .option('--keep-state-days <days>', 'keep states as long as this (default: for ever)')
    .option('--largest-state-mb <n>', 'refuse a state that is larger (default 200)')
    .option(
      '--largest-event-batch-mb <n>',
      "refuse a batch of an update's events that is larger (default 20)",
    )
    .option('--largest-update-events-mb <n>', 'keep so much of the events of an update (default 256)')
    .option(
      '--failed-logins-per-minute <n>',
      'answer so many wrong tokens of one address; more are told to wait (default 60; 0: no limit)',
    )
    .addOption(
      new Option('--launcher <kind>', 'how jobs are isolated').choices([
        'auto',
        'bubblewrap',
        'unshare',
        'docker',
        'plain',
      ]),
    )
    .option('--jobs <count>', 'deployments the runner may run at a time')
    .option('--allow-insecure-git', 'let jobs clone by http and from private addresses')
    .option('--aws-sts-url <url>', 'another AWS STS, such as the local cloud')
    .option('--cache-folder <folder>', 'keep what stacks with a cache downloaded there')
    .option('--ca-file <file>', 'certificates (PEM) that the runner and its jobs trust too')
    .option('--docker-network <name>', 'network of containers: bridge (default), host, or another')
    .option('--ignore-executor-images', 'run stacks that name an image with the programs of this machine')
    .option('--pulumi <path>', 'the pulumi binary (default: found by the set-up, or on PATH)')
    .action((options: StartOptions) => start(options, surroundings))
}

async function start(options: StartOptions, surroundings: Surroundings): Promise<void> {
  // The runner reaches the server where no job can: a job that took over the port would be told the pool token.
  const folder = await mkdtemp(join(tmpdir(), 'daypass-'))
  try {
    await startTogether(options, join(folder, 'server'), surroundings)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function startTogether(options: StartOptions, socket: string, { env }: Surroundings): Promise<void> {
  const server = spawn(
    process.execPath,
    [SERVER_PROGRAM, ...serverFlags(options), '--runner-token-fd', '3', '--runner-socket', socket],
    { stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'ipc'], env, detached: OWN_GROUP },
  )
  const serverEnded = ended(server)
  endWithUs(server)
  const stopping = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.resolve())

  const ready = listeningUrl(server)
  const firstToken = text(server.stdio[3] as Readable)
  const url = await Promise.race([ready, serverEnded, stopping.promise.then(() => undefined)])
  if (typeof url !== 'string') return stopAll([server], [serverEnded], typeof url === 'number' ? url : 0)
  const poolToken = (await firstToken).trim()

  const runner = spawn(
    process.execPath,
    [
      RUNNER_PROGRAM,
      '--server',
      url,
      '--server-socket',
      socket,
      '--pool-token-fd',
      '3',
      ...runnerFlags(options),
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'ipc'],
      detached: OWN_GROUP,
      env: { ...LEAN_MEMORY, ...withoutServerSecrets(env) },
    },
  )
  const runnerEnded = ended(runner)
  endWithUs(runner)
  // A runner that was stopped before it read its token is no error of ours.
  const tokenPipe = runner.stdio[3] as Writable
  tokenPipe.on('error', () => {})
  tokenPipe.end(`${poolToken}\n`)
  process.stdout.write(`Daypass listening on ${url}\n`)

  const first = await Promise.race([
    stopping.promise.then(() => 'asked' as const),
    serverEnded.then(() => 'server' as const),
    runnerEnded.then(() => 'runner' as const),
  ])
  if (first !== 'asked') process.stderr.write(`daypass: the ${first} ended by itself; stopping the rest.\n`)
  // The runner first: it ends its jobs and reports them while there is still a server to hear it.
  await stopAll([runner, server], [runnerEnded, serverEnded], first === 'asked' ? 0 : 1)
}

async function stopAll(children: ChildProcess[], ends: Promise<number>[], code: number): Promise<void> {
  for (const [index, child] of children.entries()) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await ends[index]
  }
  if (code !== 0) throw new FailedCommand('stopped because of the error above.', code)
}

/** Whatever ends this process, the two do not stay behind. */
function endWithUs(child: ChildProcess): void {
  const end = (): void => void child.kill('SIGTERM')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
}

async function ended(child: ChildProcess): Promise<number> {
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

/** The URL of the server's ready line; its other lines (the first admin token) are passed on. */
function listeningUrl(server: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: server.stdout as Readable }).on('line', (line) => {
      const match = /^Daypass listening on (\S+)$/.exec(line)
      if (match?.[1]) resolve(match[1])
      else process.stdout.write(`${line}\n`)
    })
  })
}

function serverFlags(options: StartOptions): string[] {
  const given = flags({
    '--port': options.port,
    '--host': options.host,
    '--data': options.data,
    '--base-url': options.baseUrl,
    '--issuer-url': options.issuerUrl,
    '--admin-token-file': options.adminTokenFile,
    '--org-name': options.orgName,
    '--admin-login': options.adminLogin,
    '--log-level': options.logLevel,
    '--stack-wait-seconds': options.stackWaitSeconds,
    '--keep-state-versions': options.keepStateVersions,
    '--keep-state-days': options.keepStateDays,
    '--largest-state-mb': options.largestStateMb,
    '--largest-event-batch-mb': options.largestEventBatchMb,
    '--largest-update-events-mb': options.largestUpdateEventsMb,
    '--failed-logins-per-minute': options.failedLoginsPerMinute,
  })
  return options.newAdminToken ? [...given, '--new-admin-token'] : given
}

function runnerFlags(options: StartOptions): string[] {
  return [
    ...flags({
      '--launcher': options.launcher,
      '--jobs': options.jobs,
      '--aws-sts-url': options.awsStsUrl,
      '--pulumi': options.pulumi,
      '--cache-folder': options.cacheFolder,
      '--ca-file': options.caFile,
      '--docker-network': options.dockerNetwork,
    }),
    ...(options.ignoreExecutorImages ? ['--ignore-executor-images'] : []),
    ...(options.allowInsecureGit ? ['--allow-insecure-git'] : []),
  ]
}

function flags(values: Record<string, string | undefined>): string[] {
  return Object.entries(values).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]))
}

/**
 * Ctrl-C goes to a terminal's whole process group. The server must outlive the runner, which reports its jobs' ends to
 * it, so each has a group of its own and hears of the end from us: by a signal, or, when we were killed, because the
 * channel between us breaks.
 */
const OWN_GROUP = true

/** glibc then gives freed memory back to the system, which an idle runner has no use for. */
const LEAN_MEMORY = { MALLOC_TRIM_THRESHOLD_: '65536' }

/** The runner is the data plane: it gets neither the database nor the master key. */
function withoutServerSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { DATABASE_URL: _url, DAYPASS_MASTER_KEY: _key, DAYPASS_MASTER_KEY_COMMAND: _command, ...rest } = env
  return rest
}
