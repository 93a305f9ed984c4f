import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withTestFolder } from './test-folder.mjs'

const GIBIBYTE = 2 ** 30
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-memory-'))
})
afterEach(() => rm(folder, { recursive: true }))

const machine = (more: object = {}) => ({ folder, freeBytes: () => 64 * GIBIBYTE, nowMs: Date.now, ...more })
const given = (env: NodeJS.ProcessEnv) => Promise.resolve(env['TMPDIR'])

test('a run has a folder in memory, which goes with it', async () => {
  const used = await withTestFolder(
    { HOME: '/h' },
    async ({ TMPDIR = '', HOME }) => {
      await mkdir(join(TMPDIR, 'a/b'), { recursive: true })
      expect(HOME).toBe('/h')
      expect((await stat(TMPDIR)).mode & 0o7777).toBe(0o1777)
      return TMPDIR
    },
    machine(),
  )
  expect(used.startsWith(join(folder, 'daypass-tests-'))).toBe(true)
  await expect(withTestFolder({}, () => Promise.reject(new Error('broken')), machine())).rejects.toThrow(
    'broken',
  )
  expect(await readdir(folder)).toEqual([])
})

test.each([
  ['somebody chose one', { TMPDIR: '/chosen' }, {}, '/chosen'],
  ['there is little memory', {}, { freeBytes: () => 2 * GIBIBYTE }, undefined],
  ['no folder lies in memory', {}, { folder: '/nowhere/at/all' }, undefined],
])('none where %s', async (_why, env, more, expected) => {
  expect(await withTestFolder(env, given, machine(more))).toBe(expected)
})

test('what a killed run left is removed some hours later, and nothing else is', async () => {
  for (const name of ['daypass-tests-old', 'somebody-elses']) {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'file'), '')
  }
  await withTestFolder({}, given, machine())
  expect(existsSync(join(folder, 'daypass-tests-old/file'))).toBe(true)
  await withTestFolder({}, given, machine({ nowMs: () => Date.now() + 7 * 60 * 60_000 }))
  expect(await readdir(folder)).toEqual(['somebody-elses'])
})
