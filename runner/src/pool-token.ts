/**
 * The pool token of a runner that was given one: read from a file or an inherited descriptor, the two places that no process
 * list shows. A runner that exchanges another token for its own has `oidc-login`.
 */
import { closeSync, readFileSync, readSync } from 'node:fs'
import { type PoolToken, TOKEN_PREFIX } from '@daypass/contract/tokens.ts'

export type PoolTokenResult =
  | { readonly ok: true; readonly token: PoolToken }
  | { readonly ok: false; readonly sentence: string }

const SHAPE = new RegExp(`^${TOKEN_PREFIX.pool}[0-9a-f]{40}$`)

export function isPoolToken(text: string): text is PoolToken {
  return SHAPE.test(text)
}

export function readPoolToken(source: { readonly file: string } | { readonly fd: number }): PoolTokenResult {
  const where = 'file' in source ? `the file ${source.file}` : `descriptor ${source.fd}`
  let text: string
  try {
    text = ('file' in source ? readFileSync(source.file, 'utf8') : readLine(source.fd)).trim()
  } catch (error) {
    return { ok: false, sentence: `The pool token cannot be read from ${where}: ${(error as Error).message}` }
  }
  return isPoolToken(text)
    ? { ok: true, token: text }
    : {
        ok: false,
        sentence: `There is no pool token (${TOKEN_PREFIX.pool}…) in ${where}; an organization's admin makes one.`,
      }
}

const LONGEST_LINE = 200
const PATIENCE_MS = 10_000

/** One line of a pipe whose other end may stay open; the descriptor is closed, so that no job inherits it. */
function readLine(fd: number): string {
  const buffer = Buffer.alloc(LONGEST_LINE)
  let length = 0
  try {
    for (
      const end = Date.now() + PATIENCE_MS;
      length < LONGEST_LINE && !buffer.subarray(0, length).includes(10);
    ) {
      const read = readSome(fd, buffer.subarray(length))
      if (read === 0) break
      if (read === undefined) {
        if (Date.now() > end) throw new Error('nothing came within 10 s')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
      } else length += read
    }
  } finally {
    closeSync(fd)
  }
  return buffer.toString('utf8', 0, length).split('\n')[0] ?? ''
}

/** Undefined: a descriptor that does not wait has nothing yet. */
function readSome(fd: number, into: Buffer): number | undefined {
  try {
    return readSync(fd, into)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined
    throw error
  }
}
