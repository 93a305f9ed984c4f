/** What runs on this machine, as far as a test wants to know: command lines that hold a text. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Command lines, their words separated by blanks, that hold the text. This process and shells it asked are not special. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readOrNothing(`/proc/${name}/cmdline`).replaceAll('\0', ' '))
    .filter((line) => line.includes(text))
}

/** Processes whose current folder lies below the given one: PostgreSQL names its folder no other way. */
export function processesBelow(folder: string): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && cwdOf(name).startsWith(folder))
}

function cwdOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
