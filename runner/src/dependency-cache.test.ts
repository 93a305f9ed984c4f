import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type DependencyCache, openDependencyCache } from './dependency-cache.ts'

const USER = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
const KEYS = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(64))
const [A = '', B = '', C = ''] = KEYS

let folder: string
let nowMs: number
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-cache-'))
  nowMs = Date.parse('2030-01-01T00:00:00Z')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

const open = (mostBytes = 1000): Promise<DependencyCache> =>
  openDependencyCache({ folder, mostBytes, now: () => new Date(nowMs) })

async function save(cache: DependencyCache, key: string, content: string): Promise<boolean> {
  nowMs += 1000
  const archive = await cache.receive(key, USER)
  writeFileSync(archive.path, content)
  if ((await archive.seal()) === undefined) {
    await archive.drop()
    return false
  }
  return archive.keep()
}

async function read(cache: DependencyCache, key: string): Promise<string> {
  nowMs += 1000
  const found = await cache.find(key)
  return found.kind === 'found' ? readFileSync(found.entry.path, 'utf8') : found.kind
}
const entries = (): string[] => readdirSync(folder).filter((name) => name !== 'incoming')
const incoming = (): string[] => readdirSync(join(folder, 'incoming'))

test('what was saved is found under its key only, by this runner and the next', async () => {
  const cache = await open()
  expect(await save(cache, A, 'content')).toBe(true)
  expect(await read(cache, A)).toBe('content')
  expect(await read(cache, B)).toBe('none')
  expect(await read(await open(), A)).toBe('content')
  expect(incoming()).toEqual([])
})

test("an entry is the runner's alone, and nobody writes it again", async () => {
  const cache = await open()
  await save(cache, A, 'content')
  const [name = ''] = entries()
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o444)
  expect(statSync(join(folder, name)).uid).toBe(process.getuid?.())
  expect(statSync(folder).mode & 0o777).toBe(0o700)
})

test('the least recently used goes first, and looking is using', async () => {
  const cache = await open(25)
  await save(cache, A, '0123456789')
  await save(cache, B, '0123456789')
  expect(await read(cache, A)).toBe('0123456789')
  await save(cache, C, '0123456789')
  expect([await read(cache, A), await read(cache, B), await read(cache, C)]).toEqual([
    '0123456789',
    'none',
    '0123456789',
  ])
})

test('a smaller limit counts from the start', async () => {
  const cache = await open(100)
  for (const key of [A, B, C]) await save(cache, key, '0123456789')
  const smaller = await open(10)
  expect([await read(smaller, A), await read(smaller, B), await read(smaller, C)]).toEqual([
    'none',
    'none',
    '0123456789',
  ])
})

test('what is empty, too large or no file is not kept', async () => {
  const cache = await open(10)
  expect(await save(cache, A, '')).toBe(false)
  expect(await save(cache, A, 'x'.repeat(11))).toBe(false)
  const archive = await cache.receive(A, USER)
  rmSync(archive.path)
  expect(await archive.seal()).toBeUndefined()
  await archive.drop()
  expect(entries()).toEqual([])
  expect(incoming()).toEqual([])
})

test('a damaged entry is dropped, and the next save takes its place', async () => {
  const cache = await open()
  await save(cache, A, 'content')
  const [name = ''] = entries()
  rmSync(join(folder, name))
  writeFileSync(join(folder, name), 'conten')
  expect(await read(cache, A)).toBe('damaged')
  expect(entries()).toEqual([])
  expect(await save(cache, A, 'content')).toBe(true)
  expect(await read(cache, A)).toBe('content')
})

test('of jobs that save the same at once, one is kept and none fails', async () => {
  const cache = await open()
  const saved = await Promise.all(Array.from({ length: 8 }, (_, index) => save(cache, A, `same ${index}`)))
  expect(saved.filter(Boolean).length).toBeGreaterThan(0)
  expect(await read(cache, A)).toMatch(/^same \d$/)
  expect(incoming()).toEqual([])
  // Those that met in the last moment differ in content, not in key; each is whole.
  for (const name of entries()) expect(name.startsWith(A)).toBe(true)
})

test('a crash in the middle leaves nothing that could be found, and is swept after a day', async () => {
  const cache = await open()
  const archive = await cache.receive(A, USER)
  appendFileSync(archive.path, 'half of')
  utimesSync(archive.path, nowMs / 1000, nowMs / 1000)
  expect(await read(await open(), A)).toBe('none')
  expect(incoming()).toHaveLength(1)
  utimesSync(archive.path, nowMs / 1000 - 90_000, nowMs / 1000 - 90_000)
  await open()
  expect(incoming()).toEqual([])
})

test('a folder that is taken away makes no answer', async () => {
  const cache = await open()
  await save(cache, A, 'content')
  rmSync(folder, { recursive: true })
  await expect(cache.find(A)).rejects.toThrow(/ENOENT/)
})
