/** A header that proves who we are to a host which knows no tokens, in a file that only the server's user can read. */
import { open } from 'node:fs/promises'
import { PublishError } from '../mirror.ts'

const OTHERS = 0o077
const MOST_BYTES = 8_192
/** RFC 9110, sections 5.1 and 5.5, without what a person would not see. */
const HEADER = /^([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}):[ \t]*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/

/** @throws {PublishError} with what is wrong with the file; never with what stands in it. */
export async function readPrivateHeader(file: string): Promise<Readonly<Record<string, string>>> {
  const text = await readPrivately(file)
  const [, name, value] = HEADER.exec(text.trim()) ?? []
  if (name === undefined || value === undefined) {
    throw new PublishError(
      'target_refused',
      `The file ${file} must hold one line, such as "Authorization: Bearer …".`,
    )
  }
  return { [name.toLowerCase()]: value }
}

async function readPrivately(file: string): Promise<string> {
  const handle = await open(file, 'r').catch((error: Error) => {
    throw new PublishError('target_refused', `The header file cannot be read (${error.message}).`)
  })
  try {
    const { mode, size } = await handle.stat()
    if ((mode & OTHERS) !== 0)
      throw new PublishError('target_refused', `Others may read ${file}: make it private with chmod 600.`)
    if (size > MOST_BYTES)
      throw new PublishError('target_refused', `The file ${file} is too large for a header.`)
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}
