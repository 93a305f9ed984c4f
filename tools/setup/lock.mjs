// One set-up at a time. A lock is a file whose holder touches it every second; a file that nobody has touched for
// ten seconds belongs to a dead holder. Process numbers say nothing here: containers that share a cache folder have
// number spaces of their own.
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * @typedef {object} LockTimes
 * @property {number} touchMs how often the holder touches the file
 * @property {number} deadAfterMs how long an untouched file is respected
 * @property {number} pollMs how often one who waits looks
 */

/** @type {LockTimes} */
const USUAL = { touchMs: 1_000, deadAfterMs: 10_000, pollMs: 200 }

/**
 * @template T
 * @param {string} file
 * @param {{ signal: AbortSignal, onWait?: () => void, times?: LockTimes }} options `onWait` is called once, when the
 *   lock is somebody else's
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, { signal, onWait, times = USUAL }, work) {
  const token = randomBytes(12).toString('hex')
  await mkdir(dirname(file), { recursive: true })
  await acquire(file, token, { signal, onWait, times })
  const touch = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), times.touchMs)
  try {
    return await work()
  } finally {
    clearInterval(touch)
    if ((await readToken(file)) === token) await rm(file, { force: true })
  }
}

/**
 * @param {string} file
 * @param {string} token
 * @param {{ signal: AbortSignal, onWait: (() => void) | undefined, times: LockTimes }} options
 */
async function acquire(file, token, { signal, onWait, times }) {
  let seen = ''
  let seenSince = performance.now()
  let told = false
  for (;;) {
    signal.throwIfAborted()
    if (await createExclusively(file, token)) return
    if (!told) onWait?.()
    told = true
    const now = await fingerprint(file)
    if (now === undefined || now !== seen) {
      seen = now ?? ''
      seenSince = performance.now()
    } else if (performance.now() - seenSince > times.deadAfterMs) {
      await removeDead(file, seen)
      seen = ''
    }
    await sleep(times.pollMs)
  }
}

/**
 * @param {string} file
 * @param {string} token
 */
async function createExclusively(file, token) {
  try {
    await writeFile(file, token, { flag: 'wx' })
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

/**
 * Two who wait may both find the same dead lock. Each moves away what it finds and looks again at what it moved;
 * the slower one, who got the faster one's new lock, puts it back.
 *
 * @param {string} file
 * @param {string} expected
 */
async function removeDead(file, expected) {
  const aside = `${file}.${randomBytes(6).toString('hex')}`
  try {
    await rename(file, aside)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return
    throw error
  }
  if ((await fingerprint(aside)) !== expected) await link(aside, file).catch(() => {})
  await rm(aside, { force: true })
}

/** @param {string} file */
async function fingerprint(file) {
  try {
    return `${await readToken(file)} ${(await stat(file)).mtimeMs}`
  } catch {
    return undefined
  }
}

/** @param {string} file */
async function readToken(file) {
  return readFile(file, 'utf8').catch(() => undefined)
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function isCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code
}
