/** `daypass backup <file>` and `daypass restore <file>`: the whole server as one file, streamed. */
import { createReadStream } from 'node:fs'
import { open, rename, stat, unlink } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BACKUP_MEDIA_TYPE, RestoreAnswer } from '@daypass/contract/backup-file.ts'
import type { Command } from 'commander'
import { Check } from 'typebox/value'
import { openServer, type ServerOptions, serverAccess } from '../api.ts'
import { checkBackup } from '../backup-check.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { printJson, say, withServer } from '../server-command.ts'

export function addBackupCommands(program: Command, surroundings: Surroundings): void {
  withServer(program.command('backup <file>'))
    .description(
      'write everything that matters to a file (mode 0600); the master key is not in it: keep it elsewhere',
    )
    .option('--force', 'replace the file when it is there')
    .action((file: string, options: ServerOptions & { force?: boolean }) =>
      backup(file, options, surroundings),
    )
  withServer(program.command('restore <file>'))
    .description(
      'fill a server with a backup that was just started for the first time, with the same master key',
    )
    .action((file: string, options: ServerOptions) => restore(file, options, surroundings))
}

async function backup(
  file: string,
  options: ServerOptions & { readonly force?: boolean },
  surroundings: Surroundings,
): Promise<void> {
  if (!options.force && (await exists(file))) {
    throw new FailedCommand(`${file} is there already: choose another name, or give --force.`)
  }
  const access = await serverAccess(options, surroundings)
  const { body } = await openServer('GET', '/api/daypass/backup', {}, access, surroundings)
  if (!body) throw new FailedCommand('the server answered without a backup.')
  // Under its own name only when it is whole: a file that is there is a backup.
  const draft = `${file}.part`
  try {
    const target = await open(draft, 'w', 0o600)
    await pipeline(Readable.fromWeb(body as never), target.createWriteStream({ flush: true }))
    const { madeAt, rows } = await checkBackup(draft)
    await rename(draft, file)
    printJson({ file, madeAt, rows, bytes: (await stat(file)).size })
  } catch (error) {
    await unlink(draft).catch(() => {})
    if (error instanceof FailedCommand) throw error
    throw new FailedCommand(`the backup was not written: ${(error as Error).message}.`)
  }
}

async function restore(file: string, options: ServerOptions, surroundings: Surroundings): Promise<void> {
  const { madeAt } = await checkBackup(file)
  say(`restoring the backup of ${madeAt} ...`)
  const access = await serverAccess(options, surroundings)
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
  const answer: unknown = await response.json()
  if (!Check(RestoreAnswer, answer))
    throw new FailedCommand('the server answered something else than a restore.')
  printJson({ restored: answer })
  say(
    'The access tokens of the backup are good here; the one that you restored with, and every pool token, are not.',
  )
  say(
    'Make new pool tokens for the runners (`daypass pool token`), and start `daypass start` again if that is running.',
  )
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
