/**
 * Starts the runner as it is shipped, `main.ts` in a process of its own, as this user or as another.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { accessSync, constants, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { POOL_TOKEN } from '../../../runner/harness/fake-plane.ts'

export const REPOSITORY = join(import.meta.dirname, '../../..')
const NOBODY = 65_534

export type RunnerUser = 'self' | 'nobody'

export interface RunnerProcess {
  readonly child: ChildProcess
  /** What it said on standard error so far. */
  said(): string
  waitFor(pattern: RegExp, seconds?: number): Promise<void>
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export interface StartOptions {
  readonly server: string
  readonly user?: RunnerUser
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly poolToken?: string
  /** The flags that say who it is, instead of a pool token. */
  readonly login?: readonly string[]
}

export async function startRunner(options: StartOptions): Promise<RunnerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-runner-test-'))
  const tokenFile = join(folder, 'pool-token')
  writeFileSync(tokenFile, `${options.poolToken ?? POOL_TOKEN}\n`, { mode: 0o600 })
  const asNobody = options.user === 'nobody'
  if (asNobody) execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, folder])
  const command = [
    ...(asNobody ? ['setpriv', '--reuid', `${NOBODY}`, '--regid', `${NOBODY}`, '--clear-groups', '--'] : []),
    process.execPath,
    join(REPOSITORY, 'runner/src/main.ts'),
    ...['--server', options.server, ...(options.login ?? ['--pool-token-file', tokenFile])],
    ...['--name', 'test', '--allow-insecure-git'],
    ...(options.args ?? []),
  ]
  const child = spawn(command[0] as string, command.slice(1), {
    cwd: '/',
    env: { PATH: process.env['PATH'], TMPDIR: folder, ...options.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  void exited.then(() => rmSync(folder, { recursive: true, force: true }))
  return {
    child,
    said: () => said,
    async waitFor(pattern, seconds = 15) {
      for (const end = Date.now() + seconds * 1000; !pattern.test(said); ) {
        if (child.exitCode !== null || Date.now() > end)
          throw new Error(`The runner never said ${pattern}; it said:\n${said}`)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return exited
    },
  }
}

/** The folder of a real Pulumi CLI, or undefined. */
export function findPulumiFolder(): string | undefined {
  const named = process.env['DAYPASS_PULUMI']
  const folders = [...(named ? [named, dirname(named)] : []), ...(process.env['PATH'] ?? '').split(delimiter)]
  return folders.find((folder) => folder.startsWith('/') && existsSync(join(folder, 'pulumi')))
}

/** A copy that every user can run; of links where the file system allows, so that it costs nothing. */
export function pulumiForEverybody(folder: string): { folder: string; remove(): void } {
  const copy = mkdtempSync(join(tmpdir(), 'daypass-pulumi-'))
  try {
    execFileSync('cp', ['-rL', '--link', `${folder}/.`, copy], { stdio: 'ignore' })
  } catch {
    cpSync(folder, copy, { recursive: true, dereference: true })
  }
  execFileSync('chmod', ['755', copy])
  return { folder: copy, remove: () => rmSync(copy, { recursive: true, force: true }) }
}

export interface Combination {
  readonly launcher: 'bubblewrap' | 'unshare'
  readonly user: RunnerUser
}

/** Combinations that this machine can test, with the reason for each that it cannot. */
export function combinations(): {
  possible: Combination[]
  impossible: string[]
} {
  const impossible: string[] = []
  const launchers = (['bubblewrap', 'unshare'] as const).filter((launcher) => {
    const program = launcher === 'bubblewrap' ? 'bwrap' : 'unshare'
    const installed = ['/usr/bin', '/bin', '/usr/local/bin'].some((folder) =>
      existsSync(join(folder, program)),
    )
    if (!installed) impossible.push(`${launcher}: ${program} is not installed`)
    return installed
  })
  const users: RunnerUser[] = ['self']
  if (process.getuid?.() !== 0) impossible.push('as another user: the tests do not run as root')
  else if (!isReadableForAll(REPOSITORY) || !isReadableForAll(process.execPath)) {
    impossible.push('as another user: the repository lies where only root can read')
  } else users.push('nobody')
  return { possible: users.flatMap((user) => launchers.map((launcher) => ({ launcher, user }))), impossible }
}

function isReadableForAll(path: string): boolean {
  try {
    execFileSync('setpriv', [
      '--reuid',
      `${NOBODY}`,
      '--regid',
      `${NOBODY}`,
      '--clear-groups',
      'test',
      '-r',
      path,
    ])
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
