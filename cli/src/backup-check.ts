/** Whether a backup is whole, without a server and without the master key. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { BackupEnd, BackupHeader, backupLines } from '@daypass/contract/backup-file.ts'
import type { Static, TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { FailedCommand } from './failed-command.ts'

/** @throws {FailedCommand} when the file is missing, cut off, altered, or something else. */
export async function checkBackup(file: string): Promise<{ madeAt: string; rows: number }> {
  const damaged = (why: string): FailedCommand => new FailedCommand(`${file} is no whole backup: ${why}.`)
  const digest = createHash('sha256')
  const source = createReadStream(file)
  const inflated = createGunzip().on('error', () => {}) // told to whoever reads it
  source.on('error', (error) => inflated.destroy(error)).pipe(inflated)
  let header: BackupHeader | undefined
  let end: BackupEnd | undefined
  try {
    for await (const line of backupLines(inflated)) {
      if (end) throw damaged('something follows its end')
      header ??= read(BackupHeader, 'H', line)
      if (!header) throw damaged('it does not begin as one')
      if (line[0] === END) end = read(BackupEnd, 'E', line)
      else digest.update(line).update('\n')
    }
  } catch (error) {
    if (error instanceof FailedCommand) throw error
    throw damaged((error as Error).message)
  }
  if (!header || !end) throw damaged('its end is missing')
  if (digest.digest('hex') !== end.sha256) throw damaged('its checksum does not fit')
  return { madeAt: header.madeAt, rows: end.rows }
}

const END = 'E'.charCodeAt(0)

function read<Schema extends TSchema>(
  schema: Schema,
  letter: string,
  line: Uint8Array,
): Static<Schema> | undefined {
  const text = Buffer.from(line).toString('utf8')
  if (!text.startsWith(letter)) return undefined
  try {
    const value: unknown = JSON.parse(text.slice(1))
    return Check(schema, value) ? value : undefined
  } catch {
    return undefined
  }
}
