import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findNode } from './node-runtime.mjs'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'daypass-node-'))
})
afterEach(() => rm(root, { recursive: true }))

test('the Node of node_modules comes first, whatever runs', async () => {
  const ours = join(root, 'node_modules', '.bin', 'node')
  await mkdir(join(ours, '..'), { recursive: true })
  await writeFile(ours, '', { mode: 0o755 })
  expect(findNode(root, { version: '26.0.0', execPath: '/usr/bin/node' })).toBe(ours)
})

test('without it, a running Node that is new enough will do', () => {
  expect(findNode(root, { version: '24.0.0', execPath: '/usr/bin/node' })).toBe('/usr/bin/node')
})

test('without it, an older one is told what to do', () => {
  expect(() => findNode(root, { version: '22.22.2', execPath: '/usr/bin/node' })).toThrow(
    'Node 24 is not in node_modules because npm did not run its install script: run `npm rebuild ' +
      '--ignore-scripts=false`, or install Node 24, then try again.',
  )
})
