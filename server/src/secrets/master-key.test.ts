import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MasterKeyError, openMasterKey } from './master-key.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'master-key-'))
})
afterAll(() => rm(folder, { recursive: true }))

const key = Buffer.alloc(32, 7).toString('base64')

test('the first start makes the file for its owner alone, the next one reads it', async () => {
  const source = { kind: 'file', path: join(folder, 'made') } as const
  const first = await openMasterKey(source, randomBytes)
  const second = await openMasterKey(source, randomBytes)
  expect(second.unwrap(first.wrap(Buffer.from('key'), 'a'), 'a').toString()).toBe('key')
  expect((await stat(source.path)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['made'])
})

test('two servers that start together agree on one key', async () => {
  const source = { kind: 'file', path: join(folder, 'together') } as const
  const keys = await Promise.all(Array.from({ length: 8 }, () => openMasterKey(source, randomBytes)))
  for (const one of keys) {
    for (const other of keys) expect(other.unwrap(one.wrap(Buffer.of(1), 'x'), 'x')).toEqual(Buffer.of(1))
  }
})

test('a file that others may read stops the start', async () => {
  const path = join(folder, 'open')
  await writeFile(path, key)
  await chmod(path, 0o640)
  await expect(openMasterKey({ kind: 'file', path }, randomBytes)).rejects.toThrow(/0600/)
})

test('a wrapped key opens in its context only, and only unaltered', async () => {
  const master = await openMasterKey({ kind: 'value', value: key }, randomBytes)
  const sealed = master.wrap(Buffer.from('data key'), 'stack-data-key|1|1')
  expect(() => master.unwrap(sealed, 'stack-data-key|2|1')).toThrow(MasterKeyError)
  for (let index = 0; index < sealed.length; index += 1) {
    const altered = Buffer.from(sealed)
    altered[index] = (altered[index] ?? 0) ^ 1
    expect(() => master.unwrap(altered, 'stack-data-key|1|1')).toThrow(MasterKeyError)
  }
  expect(() => master.unwrap(sealed.subarray(0, 20), 'stack-data-key|1|1')).toThrow(MasterKeyError)
})

test('the first line wraps, every line unwraps', async () => {
  const former = await openMasterKey({ kind: 'value', value: key }, randomBytes)
  const both = await openMasterKey(
    { kind: 'value', value: `${randomBytes(32).toString('base64')}\n${key}\n` },
    randomBytes,
  )
  const old = former.wrap(Buffer.from('key'), 'a')
  expect(both.unwrap(old, 'a').toString()).toBe('key')
  expect(both.isCurrent(old)).toBe(false)
  expect(both.isCurrent(both.wrap(Buffer.from('key'), 'a'))).toBe(true)
})

test('a command prints the key; when it fails, what it printed stays out of the error', async () => {
  const file = join(folder, 'printed')
  await writeFile(file, key, { mode: 0o600 })
  const fromCommand = await openMasterKey({ kind: 'command', command: `cat '${file}'` }, randomBytes)
  const fromValue = await openMasterKey({ kind: 'value', value: await readFile(file, 'utf8') }, randomBytes)
  expect(fromValue.unwrap(fromCommand.wrap(Buffer.of(1), 'a'), 'a')).toEqual(Buffer.of(1))
  const failing = openMasterKey({ kind: 'command', command: `cat '${file}'; exit 3` }, randomBytes)
  await expect(failing).rejects.toThrow('failed (3)')
  await failing.catch((error: unknown) => expect(JSON.stringify(error) + String(error)).not.toContain(key))
})

test.each(['', '\n', 'short', Buffer.alloc(31).toString('base64'), Buffer.alloc(32).toString('hex')])(
  'the value %j is refused without being quoted',
  async (value) => {
    const opened = openMasterKey({ kind: 'value', value }, randomBytes)
    await expect(opened).rejects.toThrow(MasterKeyError)
    if (value.trim() !== '') await expect(opened).rejects.not.toThrow(value)
  },
)
