/**
 * One server a data folder.
 *
 * The lock is the kernel's, on a file that SQLite (part of Node.js) locks: it ends with the process however that ends,
 * holds between containers that share the folder, and knows no stale process ids.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartRefusal } from '../../start-refusal.ts'

/** @returns Gives the folder back. @throws {StartRefusal} when another server has it. */
export function lockFolder(dataFolder: string): () => void {
  const file = new DatabaseSync(join(dataFolder, 'server.lock'), { timeout: 0 })
  try {
    file.exec('begin exclusive')
  } catch (error) {
    file.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      throw new StartRefusal(
        `Another Daypass server is using the data folder ${dataFolder}. Stop it, or give this one its own with --data.`,
      )
    }
    throw error
  }
  return () => file.close()
}

const SQLITE_BUSY = 5
