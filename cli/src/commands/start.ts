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
import type { Command } from 'commander'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { RUNNER_PROGRAM, SERVER_PROGRAM } from '../program-path.ts'
import { describe } from '../server-command.ts'
import { type GivenFlags, passedOn, RUNNER_FLAGS, SERVER_FLAGS } from './start-flags.ts'

export function addStartCommand(program: Command, surroundings: Surroundings): void {
  const command = program.command('start').description('server and one runner together, until stopped')
  for (const flag of [...SERVER_FLAGS, ...RUNNER_FLAGS]) command.addOption(flag)
  command.action((given: GivenFlags) => start(given, surroundings))
  describe(command, { example: 'daypass start --base-url https://daypass.example.com --org-name acme' })
}

async function start(given: GivenFlags, surroundings: Surroundings): Promise<void> {
  // The runner reaches the server where no job can: a job that took over the port would be told the pool token.
  const folder = await mkdtemp(join(tmpdir(), 'daypass-'))
  try {
    await startTogether(given, join(folder, 'server'), surroundings)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function startTogether(given: GivenFlags, socket: string, { env }: Surroundings): Promise<void> {
  const server = spawn(
    process.execPath,
    [SERVER_PROGRAM, ...passedOn(SERVER_FLAGS, given), '--runner-token-fd', '3', '--runner-socket', socket],
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
      ...passedOn(RUNNER_FLAGS, given),
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
