/**
 * Looks at processes of this machine through /proc: who is whose child, and whether one is still the same.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks after boot. */
  readonly startTime: string
  readonly processGroup: number
}

/** Undefined when there is no such process or it is dead and only not yet collected. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readOrNothing(`/proc/${pid}/stat`)
  // The name stands in parentheses and may itself hold any character.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, , processGroup] = fields ?? []
  const startTime = fields?.[19]
  if (!startTime || !processGroup || state === 'Z' || state === 'X') return undefined
  return { pid, startTime, processGroup: Number(processGroup) }
}

export function isAlive(process: ProcessIdentity): boolean {
  return identify(process.pid)?.startTime === process.startTime
}

export function childrenOf(pid: number): readonly number[] {
  const text = readOrNothing(`/proc/${pid}/task/${pid}/children`)
  return text ? text.trim().split(' ').filter(Boolean).map(Number) : []
}

/** The descendant whose number inside its own process namespace is `innerPid`. */
export function findByInnerPid(ancestor: number, innerPid: number): ProcessIdentity | undefined {
  for (const child of childrenOf(ancestor)) {
    const numbers = readOrNothing(`/proc/${child}/status`)
      ?.match(/^NSpid:\s+(.*)$/m)?.[1]
      ?.split(/\s+/)
    if (numbers && numbers.length > 1 && Number(numbers.at(-1)) === innerPid) return identify(child)
    const deeper = findByInnerPid(child, innerPid)
    if (deeper) return deeper
  }
  return undefined
}

/** Sends a signal to a process that may be gone. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It ended by itself, which is what the signal was for.
  }
}

/** Every process of this machine whose initial environment holds the entry, as far as this user may see. */
export function processesWithVariable(entry: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => readOrNothing(`/proc/${name}/environ`)?.split('\0').includes(entry))
    .map(Number)
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
