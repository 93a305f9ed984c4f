/** `daypass backup <file>` and `daypass restore <file>`: the whole server as one file, streamed. */
import { createReadStream } from 'node:fs'
import { open, rename, stat, unlink } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BACKUP_MEDIA_TYPE, RestoreAnswer } from '@daypass/contract/backup-file.ts'
import { Argument, type Command, Option } from 'commander'
import { type Static, Type } from 'typebox'
import { expectShape, openServer } from '../api.ts'
import { checkBackup } from '../backup-check.ts'
import { completes } from '../completion/values.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { say } from '../output.ts'
import { addServerCommand } from '../server-command.ts'
import type { Session } from '../session.ts'

const Backup = Type.Object({
  file: Type.String(),
  madeAt: Type.String({ description: 'RFC 3339.' }),
  rows: Type.Integer(),
  bytes: Type.Integer(),
})

export function addBackupCommands(program: Command, surroundings: Surroundings): void {
  addServerCommand(program, surroundings, {
    name: 'backup',
    summary:
      'write everything that matters to a file (mode 0600); the master key is not in it: keep it elsewhere',
    arguments: [completes(new Argument('<file>', 'the file to write'), 'file')],
    options: [new Option('--force', 'replace the file when it is there')],
    example: 'daypass backup daypass-$(date +%F).backup',
    answer: Backup,
    run: backup,
    show: ({ file, rows, bytes }) => `Wrote ${file}: ${rows} rows, ${bytes} bytes.`,
  })
  addServerCommand(program, surroundings, {
    name: 'restore',
    summary: 'fill a server with a backup that was just started for the first time, with the same master key',
    arguments: [completes(new Argument('<file>', 'what `daypass backup` wrote'), 'file')],
    example: 'daypass restore daypass-2026-11-24.backup --token-file first-token',
    answer: Type.Object({ restored: RestoreAnswer }),
    run: restore,
    show: () => 'Restored.',
  })
}

async function backup(
  session: Session,
  { force }: { readonly force?: boolean },
  file = '',
): Promise<Static<typeof Backup>> {
  if (!force && (await exists(file))) {
    throw new FailedCommand(`${file} is there already: choose another name, or give --force.`)
  }
  const { access, surroundings } = session
  const { body } = await openServer('GET', '/api/daypass/backup', {}, access, surroundings)
  if (!body) throw new FailedCommand('the server answered without a backup.')
  // Under its own name only when it is whole: a file that is there is a backup.
  const draft = `${file}.part`
  try {
    const target = await open(draft, 'w', 0o600)
    await pipeline(Readable.fromWeb(body as never), target.createWriteStream({ flush: true }))
    const { madeAt, rows } = await checkBackup(draft)
    await rename(draft, file)
    return { file, madeAt, rows, bytes: (await stat(file)).size }
  } catch (error) {
    await unlink(draft).catch(() => {})
    if (error instanceof FailedCommand) throw error
    throw new FailedCommand(`the backup was not written: ${(error as Error).message}.`)
  }
}

async function restore(session: Session, _options: object, file = ''): Promise<unknown> {
  const { madeAt } = await checkBackup(file)
  say(`restoring the backup of ${madeAt} ...`)
  const { access, surroundings } = session
  const response = await openServer(
    'POST',
    '/api/daypass/restore',
    {
      headers: { 'content-type': BACKUP_MEDIA_TYPE },
      body: Readable.toWeb(createReadStream(file)) as never,
      duplex: 'half',
    } as RequestInit,
    access,
    surroundings,
  )
  const restored = expectShape(RestoreAnswer, await response.json())
  say(
    'The access tokens of the backup are good here; the one that you restored with, and every pool token, are not.',
  )
  say(
    'Make new pool tokens for the runners (`daypass pool token create`), and start `daypass start` again if that is running.',
  )
  return { restored }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
