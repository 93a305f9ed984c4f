/** Where a secret goes that is shown once: a new file that nobody else may read. */
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { EXIT } from './exit-code.ts'
import { FailedCommand } from './failed-command.ts'

/**
 * Opens the file before the secret is made: one that could not be written would be lost. Gone again if making it fails.
 *
 * @returns what `make` made.
 */
export async function writeSecretTo<Made>(
  path: string | undefined,
  make: () => Promise<Made>,
  secretOf: (made: Made) => string,
): Promise<Made> {
  if (path === undefined) return make()
  const file = await newFile(path)
  try {
    const made = await make()
    await file.writeFile(`${secretOf(made)}\n`)
    return made
  } catch (error) {
    await unlink(path).catch(() => {})
    throw error
  } finally {
    await file.close()
  }
}

function newFile(path: string): Promise<FileHandle> {
  return open(path, 'wx', 0o600).catch((cause: Error) => {
    throw new FailedCommand(`cannot write the token: ${cause.message}`, EXIT.misused)
  })
}
