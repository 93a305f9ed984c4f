/**
 * `PULUMI_ENV`: lines `NAME=value` that a pre-run command appends for the steps after it.
 *
 * The file is the job's to write, so it is read with care: no further than a limit, and only if it is still the
 * plain file that the runner made.
 */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { isVariableName } from '../launch/entry.ts'

const MOST_BYTES = 1_000_000

export interface Published {
  readonly variables: ReadonlyMap<string, string>
  /** Line numbers, from 1, that are not `NAME=value`. */
  readonly ignoredLines: readonly number[]
}

export async function readPublished(path: string): Promise<Published> {
  return parsePublished(await readLimited(path))
}

/** Empty lines and lines that begin with `#` say nothing; a later line of the same name wins. */
export function parsePublished(text: string): Published {
  const variables = new Map<string, string>()
  const ignoredLines: number[] = []
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return
    const separator = line.indexOf('=')
    const name = line
      .slice(0, Math.max(0, separator))
      .replace(/^export\s+/, '')
      .trim()
    if (isVariableName(name) && !line.includes('\0')) variables.set(name, line.slice(separator + 1))
    else ignoredLines.push(index + 1)
  })
  return { variables, ignoredLines }
}

async function readLimited(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    if (!(await file.stat()).isFile()) return ''
    const buffer = Buffer.alloc(MOST_BYTES)
    const { bytesRead } = await file.read(buffer, 0, MOST_BYTES, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
