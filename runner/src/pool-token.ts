/**
 * Reads the pool token from a file or an inherited descriptor: the two places that no process list shows.
 */
import { closeSync, readFileSync } from 'node:fs'
import { type PoolToken, TOKEN_PREFIX } from '@daypass/contract/tokens.ts'

export type PoolTokenResult =
  | { readonly ok: true; readonly token: PoolToken }
  | { readonly ok: false; readonly sentence: string }

const SHAPE = new RegExp(`^${TOKEN_PREFIX.pool}[0-9a-f]{40}$`)

export function readPoolToken(source: { readonly file: string } | { readonly fd: number }): PoolTokenResult {
  const where = 'file' in source ? `the file ${source.file}` : `descriptor ${source.fd}`
  let text: string
  try {
    text = readFileSync('file' in source ? source.file : source.fd, 'utf8').trim()
    if ('fd' in source) closeSync(source.fd)
  } catch (error) {
    return { ok: false, sentence: `The pool token cannot be read from ${where}: ${(error as Error).message}` }
  }
  return SHAPE.test(text)
    ? { ok: true, token: text as PoolToken }
    : {
        ok: false,
        sentence: `There is no pool token (${TOKEN_PREFIX.pool}…) in ${where}; an organization's admin makes one.`,
      }
}
