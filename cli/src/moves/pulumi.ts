/**
 * The `pulumi` binary in a home of its own, which is gone afterwards.
 *
 * Tokens reach it by its environment; it keeps them in that home, mode 0600, as it does after every login. Its logs
 * lie there too. What it prints stays in memory: an export holds secrets in clear.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FailedCommand } from '../failed-command.ts'
import type { Backend } from './backend.ts'

export interface PulumiRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** The current folder; without one, a folder that is no project. */
  readonly folder?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Pulumi {
  readonly run: (backend: Backend, args: readonly string[], options?: RunOptions) => Promise<PulumiRun>
  /** Makes the CLI know the backend. @throws {FailedCommand} when it is not let in. */
  readonly login: (backend: Backend) => Promise<void>
  /** An empty folder, gone with everything else. */
  readonly newFolder: () => Promise<string>
  /** Whether the stacks' passphrase stands in the environment. */
  readonly hasPassphrase: boolean
  /** True once somebody wants us to stop; the run in progress has been told. */
  readonly isStopping: () => boolean
  readonly close: () => Promise<void>
}

/** Ours, or for one backend only: none of it is for both sides of a move. */
const NOT_PASSED_ON = [
  'PULUMI_ACCESS_TOKEN',
  'PULUMI_CREDENTIALS_PATH',
  'PULUMI_API',
  'DAYPASS_TOKEN',
  'DAYPASS_MASTER_KEY',
  'DAYPASS_MASTER_KEY_COMMAND',
  'DATABASE_URL',
]

/** @param program `--pulumi`, or undefined for the one of the set-up or on PATH. */
export async function openPulumi(program: string | undefined, env: NodeJS.ProcessEnv): Promise<Pulumi> {
  const path = program ?? env['DAYPASS_PULUMI'] ?? 'pulumi'
  const home = await mkdtemp(join(tmpdir(), 'daypass-move-'))
  const nowhere = join(home, 'no-project')
  await mkdir(nowhere)
  const passedOn = Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_PASSED_ON.includes(name)))
  let child: ChildProcess | undefined
  let stopping = false
  const stop = (): void => {
    stopping = true
    child?.kill('SIGINT')
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)

  const start = async (
    backend: Backend,
    args: readonly string[],
    { folder = nowhere, env: further = {} }: RunOptions = {},
  ): Promise<PulumiRun> => {
    child = spawn(path, [...args, '--non-interactive', '--color', 'never'], {
      cwd: folder,
      env: {
        ...passedOn,
        ...further,
        PULUMI_HOME: home,
        PULUMI_BACKEND_URL: backend.url,
        PULUMI_SKIP_UPDATE_CHECK: 'true',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return endOf(child, path)
  }

  return {
    run: start,
    async login(backend) {
      if (backend.kind === 'diy') return // its first use will tell
      const who = await start(backend, ['whoami'], { env: { PULUMI_ACCESS_TOKEN: backend.token ?? '' } })
      if (who.code !== 0) throw new FailedCommand(`pulumi cannot use ${backend.url}: ${faultIn(who)}`)
    },
    newFolder: () => mkdtemp(join(home, 'work-')),
    hasPassphrase: 'PULUMI_CONFIG_PASSPHRASE' in env || 'PULUMI_CONFIG_PASSPHRASE_FILE' in env,
    isStopping: () => stopping,
    async close() {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
      await rm(home, { recursive: true, force: true })
    },
  }
}

function endOf(child: ChildProcess, path: string): Promise<PulumiRun> {
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout?.on('data', (data: Buffer) => out.push(data))
  child.stderr?.on('data', (data: Buffer) => err.push(data))
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(
        new FailedCommand(
          `cannot start ${path} (${error.message}): install the Pulumi CLI, or say where it is with --pulumi.`,
        ),
      ),
    )
    child.once('close', (code) =>
      resolve({
        code: code ?? 1,
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      }),
    )
  })
}

/** What the CLI says of its failure, as one line. */
export function faultIn({ code, stdout, stderr }: PulumiRun): string {
  const said = `${stderr}\n${stdout}`.split('\n')
  const errors = said
    .map((line) => /^error: (.+)$/.exec(line.trim())?.[1])
    .filter((line) => line !== undefined)
  const fault = errors.length > 0 ? errors.join(' ') : `it ended with code ${code}`
  if (/unknown command "migrate"|unknown flag/.test(fault)) {
    return 'this pulumi is too old to move stacks (`pulumi stack migrate` is missing): install a newer one, or give --pulumi.'
  }
  return fault
}
