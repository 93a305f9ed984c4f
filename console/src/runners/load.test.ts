import { describe, expect, it } from 'vitest'
import { loadOf, loadWords } from './load.ts'

const open = [
  { status: 'running', agentPool: { id: 'a', name: 'eu' } },
  { status: 'accepted', agentPool: { id: 'a', name: 'eu' } },
  { status: 'not-started', agentPool: { id: 'a', name: 'eu' } },
  { status: 'not-started', agentPool: { id: 'b', name: 'us' } },
] as const

describe('What a pool has to do', () => {
  it('is counted of its own deployments alone', () =>
    expect(loadOf('a', open)).toEqual({ running: 2, waiting: 1 }))
  it.each([
    [{ running: 2, waiting: 1 }, '2 running, 1 waiting'],
    [{ running: 0, waiting: 3 }, '3 waiting'],
    [{ running: 0, waiting: 0 }, undefined],
  ])('%o is said as %s', (load, words) => expect(loadWords(load)).toBe(words))
})
