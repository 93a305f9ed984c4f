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
  /** Names that a job cannot set this way. */
  readonly refused: readonly string[]
}

/**
 * What says who the job is and where it belongs: it is minted or known anew for each step, and an old copy of it would
 * win over the fresh one. (The stack's own variables may replace even these: they are set on purpose.)
 */
const PROTECTED =
  /^(?:PULUMI_ACCESS_TOKEN|PULUMI_BACKEND_URL|PULUMI_HOME|PULUMI_OIDC_TOKEN(?:_FILE)?|PULUMI_DEPLOY_OIDC_CONFIG|PULUMI_ENV(?:_FILE)?|(?:PULUMI_CI|DAYPASS|TINI)_.*)$/

export async function readPublished(path: string): Promise<Published> {
  return parsePublished(await readLimited(path))
}

/** Empty lines and lines that begin with `#` say nothing; a later line of the same name wins. */
export function parsePublished(text: string): Published {
  const variables = new Map<string, string>()
  const ignoredLines: number[] = []
  const refused = new Set<string>()
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return
    const separator = line.indexOf('=')
    const name = line.slice(0, Math.max(0, separator))
    if (!isVariableName(name) || line.includes('\0')) ignoredLines.push(index + 1)
    else if (PROTECTED.test(name)) refused.add(name)
    else variables.set(name, line.slice(separator + 1))
  })
  return { variables, ignoredLines, refused: [...refused] }
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
