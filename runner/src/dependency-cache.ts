/**
 * Archives of downloaded dependencies on the runner's disk, for the next job of the same stack: bounded in bytes, the
 * least recently used goes first.
 *
 * Owns: the files. Does not own: what a key is made of, nor how an archive is made and unpacked (`job/dependencies`).
 *
 * An entry is one file, `<key>.<SHA-256 of its content>.tar`, which appears by rename, belongs to the runner, and is
 * never written again. A job makes its archive in a file of its own under `incoming/` that is handed over closed. What
 * a crash leaves there is swept after a day. Several runners may share a folder: every act is one system call that
 * may find its file gone.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, chown, lstat, mkdir, open, readdir, rename, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { JobUser } from './launch/launcher.ts'

const ENTRY = /^([0-9a-f]{64})\.([0-9a-f]{64})\.tar$/
const ABANDONED_AFTER_MS = 24 * 3600 * 1000

export interface CacheEntry {
  readonly path: string
  readonly bytes: number
}

export type Found =
  | { readonly kind: 'found'; readonly entry: CacheEntry }
  | { readonly kind: 'none' }
  /** It was there, and was not what had been saved: it is gone now. */
  | { readonly kind: 'damaged' }

/** A file for one archive, until it is kept or dropped. */
export interface IncomingArchive {
  readonly path: string
  /** Takes it from the job. Undefined when it is empty, too large or no file any more. */
  seal(): Promise<number | undefined>
  /** False when another job was first. */
  keep(): Promise<boolean>
  drop(): Promise<void>
}

export interface DependencyCache {
  /** No archive may be larger. */
  readonly mostBytes: number
  find(key: string): Promise<Found>
  receive(key: string, user: JobUser): Promise<IncomingArchive>
}

export async function openDependencyCache(options: {
  readonly folder: string
  readonly mostBytes: number
  readonly now: () => Date
}): Promise<DependencyCache> {
  const { folder, mostBytes, now } = options
  const incoming = join(folder, 'incoming')
  await mkdir(incoming, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  await sweepIncoming(incoming, now())
  await evict(folder, mostBytes)

  async function find(key: string): Promise<Found> {
    let damaged = false
    for (const name of await readdir(folder)) {
      const [, entryKey, sha256] = ENTRY.exec(name) ?? []
      if (entryKey !== key) continue
      const path = join(folder, name)
      const content = await hashOf(path)
      if (content !== undefined && content.sha256 === sha256) {
        // Used now; it may be evicted under us, and is then simply not there for the step.
        await utimes(path, now(), now()).catch(() => undefined)
        return { kind: 'found', entry: { path, bytes: content.bytes } }
      }
      damaged = damaged || content !== undefined
      await rm(path, { force: true })
    }
    return { kind: damaged ? 'damaged' : 'none' }
  }

  async function receive(key: string, user: JobUser): Promise<IncomingArchive> {
    const path = join(incoming, `${randomUUID()}.tar`)
    await (await open(path, 'wx', 0o600)).close()
    await chown(path, user.uid, user.gid)
    let sealed: { readonly sha256: string; readonly bytes: number } | undefined
    return {
      path,
      async seal() {
        const found = await lstat(path).catch(() => undefined)
        if (!found?.isFile() || found.size === 0 || found.size > mostBytes) return undefined
        await chown(path, process.getuid?.() ?? -1, process.getgid?.() ?? -1)
        await chmod(path, 0o444)
        sealed = await hashOf(path)
        return sealed?.bytes
      },
      async keep() {
        if (!sealed || (await find(key)).kind === 'found') {
          await rm(path, { force: true })
          return false
        }
        const entry = join(folder, `${key}.${sealed.sha256}.tar`)
        await utimes(path, now(), now())
        await rename(path, entry)
        await evict(folder, mostBytes)
        return true
      },
      drop: () => rm(path, { force: true }),
    }
  }

  return { mostBytes, find, receive }
}

/** Undefined when it is gone. */
async function hashOf(
  path: string,
): Promise<{ readonly sha256: string; readonly bytes: number } | undefined> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk)
        bytes += chunk.length
      }
    })
  } catch {
    return undefined
  }
  return { sha256: hash.digest('hex'), bytes }
}

async function evict(folder: string, mostBytes: number): Promise<void> {
  const entries = await Promise.all(
    (await readdir(folder))
      .filter((name) => ENTRY.test(name))
      .map(async (name) => {
        const path = join(folder, name)
        const found = await lstat(path).catch(() => undefined)
        return found ? [{ path, bytes: found.size, usedAt: found.mtimeMs }] : []
      }),
  )
  const newestFirst = entries.flat().sort((a, b) => b.usedAt - a.usedAt)
  let sum = 0
  for (const { path, bytes } of newestFirst) {
    sum += bytes
    if (sum > mostBytes) await rm(path, { force: true })
  }
}

async function sweepIncoming(incoming: string, now: Date): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name)
    const found = await lstat(path).catch(() => undefined)
    if (found && now.getTime() - found.mtimeMs > ABANDONED_AFTER_MS) await rm(path, { force: true })
  }
}
