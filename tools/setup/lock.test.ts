import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withLock } from './lock.mjs'

const times = { touchMs: 20, deadAfterMs: 200, pollMs: 5 }
const { signal } = new AbortController()
let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-lock-'))
  file = join(folder, 'install')
})
afterEach(() => rm(folder, { recursive: true }))

test('ten at once take turns, and no file is left behind', async () => {
  let inside = 0
  let most = 0
  const turn = () =>
    withLock(file, { signal, times }, async () => {
      inside += 1
      most = Math.max(most, inside)
      await sleep(10)
      inside -= 1
    })
  await Promise.all(Array.from({ length: 10 }, turn))
  expect(most).toBe(1)
  expect(await readdir(folder)).toEqual([])
})

test('a holder that works longer than a dead one is respected keeps its lock', async () => {
  const order: string[] = []
  const slow = withLock(file, { signal, times }, async () => {
    await sleep(times.deadAfterMs * 3)
    order.push('slow')
  })
  await sleep(10)
  const next = withLock(file, { signal, times }, async () => void order.push('next'))
  await Promise.all([slow, next])
  expect(order).toEqual(['slow', 'next'])
})

test('the lock of a killed holder is taken over by exactly one of those who wait', async () => {
  await writeFile(file, 'of somebody who was killed')
  let waited = 0
  let inside = 0
  let most = 0
  const turn = () =>
    withLock(file, { signal, times, onWait: () => void waited++ }, async () => {
      inside += 1
      most = Math.max(most, inside)
      await sleep(5)
      inside -= 1
    })
  await Promise.all(Array.from({ length: 5 }, turn))
  expect({ waited, most }).toEqual({ waited: 5, most: 1 })
  expect(await readdir(folder)).toEqual([])
})

test('the lock is free again after the work failed', async () => {
  const failing = withLock(file, { signal, times }, async () => {
    throw new Error('no space left')
  })
  await expect(failing).rejects.toThrow('no space left')
  expect(await withLock(file, { signal, times }, async () => 'mine')).toBe('mine')
})

test('an interrupt ends the waiting', async () => {
  await writeFile(file, 'of somebody alive')
  const interrupt = new AbortController()
  const waiting = withLock(
    file,
    { signal: interrupt.signal, times: { ...times, deadAfterMs: 60_000 } },
    async () => {},
  )
  interrupt.abort(new Error('Interrupted by SIGINT'))
  await expect(waiting).rejects.toThrow('Interrupted by SIGINT')
})
