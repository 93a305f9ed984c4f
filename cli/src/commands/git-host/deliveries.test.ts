import type { GitDelivery } from '@daypass/contract/git-hosts.ts'
import { expect, test } from 'vitest'
import { resultOf } from './deliveries.ts'

const delivery: GitDelivery = {
  id: 'd1',
  event: 'push',
  origin: 'host',
  received: '2026-11-29T17:59:00Z',
  attempts: 1,
  state: 'handled',
}

test('a delivery says how many stacks did what, and why the others did nothing', () => {
  const stacks = (['deployed', 'deployed', 'waits'] as const).map((result, index) => ({
    stack: `acme/shop/${index}`,
    result,
  }))
  expect(resultOf({ ...delivery, stacks, notConcerned: { skip_words: 2 } })).toBe(
    '2 deployed, 1 waits, 2 skip_words',
  )
  expect(resultOf({ ...delivery, stacks: [], notConcerned: { other_branch: 1 } })).toBe('1 other_branch')
  expect(resultOf({ ...delivery, ignored: 'It is about no repository.' })).toBe('It is about no repository.')
  expect(resultOf(delivery)).toBe('concerns no stack')
})
