import { execFileSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findPackage, postgresBinaries } from './binaries.ts'

const isRoot = process.getuid?.() === 0
const NOT_ROOT = 'only root runs PostgreSQL as another user than itself'
const account = { uid: 61_000, gid: 61_000 }

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-binaries-'))
  await chmod(folder, 0o755)
})
afterEach(() => rm(folder, { recursive: true }))

/** The package as `npm ci --ignore-scripts` leaves it: without a link between its libraries. */
async function packageWithoutLinks(where: string): Promise<{ folder: string; version: string }> {
  await cp(findPackage().folder, where, { recursive: true, verbatimSymlinks: true })
  const lib = join(where, 'native/lib')
  for (const entry of await readdir(lib, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) await rm(join(lib, entry.name))
  }
  expect(() => execFileSync(join(where, 'native/bin/postgres'), ['--version'], { stdio: 'ignore' })).toThrow()
  return { folder: where, version: '0.0.0-test' }
}

test('missing links between the libraries are made', async () => {
  const found = await packageWithoutLinks(join(folder, 'package'))
  const bin = await postgresBinaries(found, undefined, folder)
  expect(bin).toBe(join(folder, 'package/native/bin'))
  expect(execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' })).toMatch(
    /^postgres \(PostgreSQL\) 18/,
  )
})

test('a package that the account cannot reach is copied to where it can, once', async ({ skip }) => {
  skip(!isRoot, NOT_ROOT)
  await mkdir(join(folder, 'closed'), { mode: 0o700 })
  const shared = join(folder, 'shared')
  await mkdir(shared, { mode: 0o755 })
  const found = await packageWithoutLinks(join(folder, 'closed/package'))
  const umask = process.umask(0o077)
  const bins = await Promise.all([1, 2].map(() => postgresBinaries(found, account, folder, [shared])))
  process.umask(umask)
  expect(new Set(bins)).toEqual(new Set([join(shared, 'daypass-postgres-0.0.0-test/bin')]))
  expect(await readdir(shared)).toEqual(['daypass-postgres-0.0.0-test'])
  const before = await stat(join(shared, 'daypass-postgres-0.0.0-test'))
  await postgresBinaries(found, account, folder, [shared])
  expect((await stat(join(shared, 'daypass-postgres-0.0.0-test'))).ino).toBe(before.ino)
})

test('a copy that someone else put there is not run', async ({ skip }) => {
  skip(!isRoot, NOT_ROOT)
  await mkdir(join(folder, 'closed'), { mode: 0o700 })
  const found = await packageWithoutLinks(join(folder, 'closed/package'))
  const writable = join(folder, 'writable')
  await mkdir(join(writable, 'daypass-postgres-0.0.0-test'), { recursive: true })
  await chmod(join(writable, 'daypass-postgres-0.0.0-test'), 0o777)
  const linked = join(folder, 'linked')
  await mkdir(linked)
  await symlink('/', join(linked, 'daypass-postgres-0.0.0-test'))
  await expect(postgresBinaries(found, account, folder, [writable, linked])).rejects.toThrow(
    /cannot run here \(.*belongs to someone else.*Set DATABASE_URL/,
  )
})
