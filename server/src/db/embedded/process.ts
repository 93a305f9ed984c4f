/** Starting and ending the programs of PostgreSQL. A program that cannot be started is a rejection, never an event. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Account } from './account.ts'

/**
 * Ends PostgreSQL when its server is gone, whatever ended that: a background shell holds the reading end of a pipe from
 * the server. A line means "you are not needed"; the pipe's end without one means that the server died.
 */
const GUARD = 'exec 3<&0 </dev/null; (read -r _ <&3 || kill -INT $$) & exec 3<&-; exec "$@"'

/** No variable of ours reaches PostgreSQL: some of them are secrets. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

interface Program {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly account: Account | undefined
}

/** Runs a program to its end. Rejects with what it wrote when it fails. */
export async function run({ program, args, cwd, account }: Program): Promise<void> {
  const child = spawn(program, args, { ...account, cwd, env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (output += data.toString()))
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`${program} ended with ${code ?? signal}: ${output.trim()}`))
    })
  })
}

/** Starts a program that lives no longer than we do, in a session of its own: a terminal's Ctrl-C is for us. */
export async function startGuarded({ program, args, cwd, account }: Program): Promise<ChildProcess> {
  const child = spawn('/bin/sh', ['-c', GUARD, 'sh', program, ...args], {
    ...account,
    cwd,
    env: ENVIRONMENT,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  await new Promise<void>((resolve, reject) => {
    child.on('spawn', resolve)
    child.on('error', reject)
  })
  child.stdin?.on('error', () => {})
  return child
}

/** Tells the guard that the program ends in order. */
export function dismissGuard(child: ChildProcess): void {
  child.stdin?.end('\n')
}

/** Waits until the condition holds. @returns Whether it did in time. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  const end = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return true
}
