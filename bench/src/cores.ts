/** Which processor core a process may use, where the system can say so (Linux with `taskset`). */
import { execFile } from 'node:child_process'
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
}

const MEASURED = '0'
const OTHER = '1'

/** Moves this process, and so whatever it starts from now on, to the other core. */
export async function divideCores(): Promise<Cores> {
  const divided = availableParallelism() > 1 && (await moveSelf())
  if (!divided)
    return { onMeasuredCore: (command) => command, onOtherCore: (command) => command, pinned: false }
  return {
    onMeasuredCore: (command) => ['taskset', '-c', MEASURED, ...command],
    onOtherCore: (command) => ['taskset', '-c', OTHER, ...command],
    pinned: true,
  }
}

async function moveSelf(): Promise<boolean> {
  try {
    await run('taskset', ['-a', '-c', '-p', OTHER, String(process.pid)])
    return true
  } catch {
    return false
  }
}
