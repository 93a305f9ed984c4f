/** Random lives of a stack with the real CLI: after each step the state from the journal is what the CLI would store. */
import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { ENTRY_KIND } from '../entry.ts'
import { compareRandomLives } from './random-lives.ts'

const PULUMI = process.env['DAYPASS_PULUMI'] ?? ''
const LIVES = Number(process.env['DAYPASS_TEST_ROUNDS'] ?? 60)
const STEPS = 8
/** Set it to the one that was printed, to see the same again. */
const SEED = Number(process.env['DAYPASS_TEST_SEED'] ?? randomInt(2 ** 31))

test(`${LIVES} random lives with the seed ${SEED}`, async ({ skip }) => {
  if (PULUMI === '') skip('DAYPASS_PULUMI names no Pulumi CLI; `npm run test:long` provides one.')
  let differences = 0
  const { lives, steps, succeeded, kinds } = await compareRandomLives(
    PULUMI,
    { seed: SEED, lives: LIVES, steps: STEPS },
    (life, error) => {
      differences += 1
      if (differences > 1) return
      console.log(
        `seed ${SEED}: a difference in ${JSON.stringify(life.steps)}: ${String(error).slice(0, 2000)}`,
      )
    },
  )
  console.log(
    `seed ${SEED}: ${lives} lives, ${steps} steps, of which ${succeeded} succeeded; kinds ${[...kinds]}`,
  )
  expect(lives).toBe(LIVES)
  expect(succeeded).toBeGreaterThan(steps / 4)
  for (const kind of [ENTRY_KIND.success, ENTRY_KIND.failure, ENTRY_KIND.outputs])
    expect(kinds).toContain(kind)
})
