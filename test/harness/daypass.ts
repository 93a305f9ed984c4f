/** The `daypass` command as people run it, with nothing of this machine's user. */
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { vi } from 'vitest'
import { run } from '../../cli/src/run.ts'
import type { TestServer } from './server.ts'

const MAIN = join(import.meta.dirname, '../../cli/src/main.ts')

export interface DaypassOutcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** What it printed, parsed; undefined when that is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer's shape is what a test asserts
  readonly json: any
}

export interface DaypassOptions {
  /** Whose admin it is; alone, the command knows no server. */
  readonly server?: TestServer
  readonly token?: string
  readonly env?: Readonly<Record<string, string>>
  readonly folder?: string
  /** What stands on its standard input. */
  readonly input?: string
  /** Told what it says on standard error, while it runs. */
  readonly hears?: (text: string) => void
}

/** As a process of its own. */
export function daypass(args: readonly string[], options: DaypassOptions = {}): Promise<DaypassOutcome> {
  const { env, folder, input } = given(options)
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // It may have ended without reading any.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString()
  })
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString()
    options.hears?.(data.toString())
  })
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      process.off('exit', endWithUs)
      resolve({ code, stdout, stderr, json: parsed(stdout) })
    })
  })
}

/** The same in this process, for tables of commands: each start of another takes a second. One at a time. */
export async function daypassHere(
  args: readonly string[],
  options: DaypassOptions = {},
): Promise<DaypassOutcome> {
  const { env, folder, input } = given(options)
  const said = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += text
      return true
    }),
  )
  try {
    const code = await run(args, {
      env,
      folder,
      input: Readable.from([Buffer.from(input)]),
      fetch: globalThis.fetch,
      now: () => new Date(),
    })
    return { code, ...said, json: parsed(said.stdout) }
  } finally {
    for (const spy of spies) spy.mockRestore()
    process.exitCode = 0
  }
}

function given({ server, token = server?.adminToken, env, folder = tmpdir(), input = '' }: DaypassOptions) {
  const known = {
    HOME: folder,
    ...(server && { DAYPASS_SERVER: server.url }),
    ...(token && { DAYPASS_TOKEN: token }),
  }
  return { env: { ...known, ...env }, folder, input }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
