import { expect, test } from 'vitest'
import {
  BEAT_SECONDS,
  consoleUrlOf,
  GIVE_UP_SECONDS,
  isEnded,
  LEASE_SECONDS,
  MOVES,
  publicStatus,
  type Status,
} from './deployment.ts'

const STATUSES = Object.keys(MOVES) as Status[]

test('only running can end well, and an end is for good', () => {
  expect(STATUSES.filter((status) => 'succeeded' in MOVES[status])).toEqual(['running'])
  expect(STATUSES.filter(isEnded)).toEqual(['succeeded', 'failed', 'skipped'])
})

test('a deployment that has run is never queued again', () => {
  expect(Object.keys(MOVES.running)).toEqual(['succeeded', 'failed'])
})

test('every status can be reached, and every one has an end', () => {
  const reached = new Set<Status>(['waiting'])
  for (const status of reached) for (const next of Object.keys(MOVES[status])) reached.add(next as Status)
  expect([...reached].sort()).toEqual([...STATUSES].sort())
})

test('silence alone fails only what runs', () => {
  const failedByReaper = STATUSES.filter((status) => MOVES[status].failed?.includes('reaper'))
  expect(failedByReaper).toEqual(['running'])
})

test('being first in line shows no difference', () => {
  expect(STATUSES.map(publicStatus)).toEqual([
    'not-started',
    'not-started',
    'accepted',
    'running',
    'succeeded',
    'failed',
    'skipped',
  ])
})

test('a runner gives up while it still holds the lease, and can miss a beat before that', () => {
  expect(2 * BEAT_SECONDS).toBeLessThan(GIVE_UP_SECONDS)
  expect(GIVE_UP_SECONDS + BEAT_SECONDS).toBeLessThan(LEASE_SECONDS)
})

test('a link names the version, below the base URL', () => {
  const names = { organization: 'o', project: 'p', stack: 's' }
  expect(consoleUrlOf('https://h.example/daypass', names, 7)).toBe(
    'https://h.example/daypass/o/p/s/deployments/7',
  )
})
