/** The `daypass` command as people run it, with nothing of this machine's user. */
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
}

export function daypass(args: readonly string[], options: DaypassOptions = {}): Promise<DaypassOutcome> {
  const { server, token = server?.adminToken, env, folder = tmpdir() } = options
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      ...(server && { DAYPASS_SERVER: server.url }),
      ...(token && { DAYPASS_TOKEN: token }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString()
  })
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString()
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
