/** A few of the lives that random-lives.long.test.ts compares, always the same ones. */
import { expect, test } from 'vitest'
import { ENTRY_KIND } from '../entry.ts'
import { compareRandomLives } from './random-lives.ts'

const PULUMI = process.env['DAYPASS_PULUMI'] ?? ''

test('in random lives of a stack the state from the journal is the CLI’s own after each step', async ({
  skip,
}) => {
  if (PULUMI === '') skip('DAYPASS_PULUMI names no Pulumi CLI; `npm test` provides one.')
  const { lives, succeeded, kinds } = await compareRandomLives(
    PULUMI,
    { seed: SEED, lives: 2, steps: 5 },
    () => {},
  )
  expect(lives).toBe(2)
  expect(succeeded).toBeGreaterThan(2)
  expect([...kinds]).toEqual(expect.arrayContaining([ENTRY_KIND.success, ENTRY_KIND.failure]))
}, 120_000)

/** Two lives with a box, a refresh, failures, one half made, and two kills. */
const SEED = 8
