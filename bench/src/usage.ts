/** What other processes use of the processor and of memory, as Linux tells it under /proc. */
import { readdir, readFile, writeFile } from 'node:fs/promises'

/** As Linux is built everywhere. */
const TICKS_PER_SECOND = 100

export interface ProcessTicks {
  readonly parentPid: number
  /** User and system time of its own. */
  readonly own: number
  /** Of its children that have ended, and theirs. */
  readonly endedChildren: number
}

/** @param stat The text of `/proc/<pid>/stat`. */
export function ticksFrom(stat: string): ProcessTicks {
  // The name before them stands in parentheses and may hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const field = (at: number): number => Number(fields[at] ?? 0)
  return { parentPid: field(1), own: field(11) + field(12), endedChildren: field(13) + field(14) }
}

/** User and system time of a process; 0 where the system does not tell. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  return (await ticksOf(pid)).own / TICKS_PER_SECOND
}

/** Of a process, its children, and those of them that have ended. */
export async function cpuSecondsOfFamily(pid: number): Promise<number> {
  const head = await ticksOf(pid)
  let ticks = head.own + head.endedChildren
  for (const other of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(other)) continue
    const { parentPid, own } = await ticksOf(Number(other))
    if (parentPid === pid) ticks += own
  }
  return ticks / TICKS_PER_SECOND
}

async function ticksOf(pid: number): Promise<ProcessTicks> {
  return ticksFrom(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))
}

/** From now on the largest memory of a process is counted anew. */
export async function forgetPeakMemory(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5')
}

/** The largest resident memory since {@link forgetPeakMemory}. */
export async function peakMegabytes(pid: number): Promise<number> {
  return peakMegabytesFrom(await readFile(`/proc/${pid}/status`, 'utf8'))
}

/** @param status The text of `/proc/<pid>/status`. */
export function peakMegabytesFrom(status: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024
}
