/** Which processor core a process may use, where the system can say so (Linux with `taskset`). */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Cores {
  /** The command line that runs `command` on the measured core alone. */
  readonly onMeasuredCore: (command: readonly string[]) => readonly string[]
  /** The same on the other core, for the load and for PostgreSQL. */
  readonly onOtherCore: (command: readonly string[]) => readonly string[]
  /** False: everything shares all cores, and the numbers say less. */
  readonly pinned: boolean
  /** Gives this process all cores back that it had: the next benchmark has them too. */
  readonly release: () => Promise<void>
}

const MEASURED = '0'
const OTHER = '1'

/** Moves this process, and so whatever it starts until the release, to the other core. */
export async function divideCores(): Promise<Cores> {
  const before = await allowedCores()
  const divided = before !== undefined && availableParallelism() > 1 && (await moveSelf(OTHER))
  if (!divided) {
    const anywhere = (command: readonly string[]) => command
    return { onMeasuredCore: anywhere, onOtherCore: anywhere, pinned: false, release: async () => {} }
  }
  return {
    onMeasuredCore: (command) => ['taskset', '-c', MEASURED, ...command],
    onOtherCore: (command) => ['taskset', '-c', OTHER, ...command],
    pinned: true,
    release: async () => {
      if (!(await moveSelf(before))) throw new Error(`This process could not go back to the cores ${before}.`)
    },
  }
}

/** As `taskset` takes them, like `0-3`. */
async function allowedCores(): Promise<string | undefined> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '')
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1]
}

async function moveSelf(cores: string): Promise<boolean> {
  try {
    await run('taskset', ['-a', '-c', '-p', cores, String(process.pid)])
    return true
  } catch {
    return false
  }
}
