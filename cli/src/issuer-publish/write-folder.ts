/** The documents of an issuer as files, keys first: each is replaced as a whole, so that nobody reads half of one. */
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { IssuerPublication } from '@daypass/contract/issuer-publication.ts'
import { EXIT } from '../exit-code.ts'
import { FailedCommand } from '../failed-command.ts'

/** @param documents In the order in which they are written. @returns The files. */
export async function writeFolder(
  folder: string,
  documents: IssuerPublication['documents'],
): Promise<readonly string[]> {
  const files: string[] = []
  for (const { path, body } of documents) {
    // It comes from a server, and a path of its choice must not leave the folder.
    if (!/^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/.test(path))
      throw new FailedCommand(`the server names a document ${JSON.stringify(path)}, which is no plain path`)
    const file = join(folder, path)
    await replace(file, body).catch((cause: Error) => {
      throw new FailedCommand(`cannot write ${file}: ${cause.message}`, EXIT.misused)
    })
    files.push(file)
  }
  return files
}

async function replace(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const unfinished = `${file}.unfinished`
  try {
    const handle = await open(unfinished, 'w', 0o644)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}
