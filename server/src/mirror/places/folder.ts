/** A folder that a web server serves: a new file beside the old one, on the disk, then in its place by rename. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Place, PublishError } from '../mirror.ts'

/** Of web servers' users too: what lies there is for everybody. */
const FILE_MODE = 0o644
const FOLDER_MODE = 0o755

export function folderPlace(folder: string): Place {
  return {
    keepsHeaders: false,
    goodUntil: undefined,
    async read(path) {
      try {
        const body = await readFile(join(folder, path))
        return { body, contentType: null, cacheControl: null }
      } catch (error) {
        if (isMissing(error)) return undefined
        throw failure(folder, error)
      }
    },
    async write({ path, body }) {
      try {
        await replaceFile(join(folder, path), body)
      } catch (error) {
        throw failure(folder, error)
      }
    },
  }
}

async function replaceFile(file: string, body: Buffer): Promise<void> {
  const parent = dirname(file)
  await mkdir(parent, { recursive: true, mode: FOLDER_MODE })
  // One name: whoever publishes is one at a time, and a half that a crash left is written over.
  const unfinished = `${file}.unfinished`
  try {
    const handle = await open(unfinished, 'w', FILE_MODE)
    try {
      await handle.writeFile(body)
      await handle.chmod(FILE_MODE)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
  const folder = await open(parent, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

function failure(folder: string, error: unknown): PublishError {
  const reason = error instanceof Error ? error.message : String(error)
  return new PublishError(
    'target_unreachable',
    `The folder ${folder} cannot be used (${reason}). Give the server's user the right to write there.`,
  )
}
