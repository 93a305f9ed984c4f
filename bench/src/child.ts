/** A process that a benchmark starts: waited for until it says that it is ready, and ended with the benchmark. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Child {
  readonly process: ChildProcess
  /** The next line that it prints on stdout. @throws when it ends instead. */
  readonly nextLine: () => Promise<string>
  /** SIGTERM, then SIGKILL after 10 s. Resolves when it is gone. */
  readonly stop: () => Promise<void>
}

const STOP_TIMEOUT_MILLISECONDS = 10_000
const KEPT_OF_STDERR = 4000

/** @param command The program and its arguments. What it writes on stderr is shown only if it ends too early. */
export function startChild(command: readonly string[], options: SpawnOptions = {}): Child {
  const [program, ...args] = command
  if (program === undefined) throw new TypeError('There is no program to start.')
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options })
  // Whatever ends us ends it too; a child that has ended takes no signal.
  process.on('exit', () => child.kill())
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-KEPT_OF_STDERR)
  })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(`it ended with ${signal ?? code}`))
  })
  if (!child.stdout) throw new TypeError('A child needs its stdout to say that it is ready.')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

  async function nextLine(): Promise<string> {
    const next = await lines.next()
    if (!next.done) return next.value
    throw new Error(`${command.join(' ')}: ${await ended}\n${complaint}`)
  }

  async function stop(): Promise<void> {
    child.kill('SIGTERM')
    const hard = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MILLISECONDS)
    await ended
    clearTimeout(hard)
  }

  return { process: child, nextLine, stop }
}
