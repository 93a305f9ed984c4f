/** Thousands of mutants for each cloud: who lets them in, and which clause is named. Prints seeds, counts and rates. */
import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { startTestIssuer } from '../issuer/issuer-for-tests.ts'
import { compareAws } from './aws/comparison.ts'
import { compareAzure } from './azure/comparison.ts'
import { compareGoogle } from './google/comparison.ts'

const COUNT = Number(process.env['DAYPASS_TEST_ROUNDS'] ?? 5000)
/** Set it to the one that was printed, to see the same again. */
const SEED = Number(process.env['DAYPASS_TEST_SEED'] ?? randomInt(2 ** 31))
const NOW = new Date('2030-01-01T00:00:00Z')

test.each([
  ['AWS', compareAws],
  ['Azure', compareAzure],
  ['Google', compareGoogle],
] as const)(`%s: ${COUNT} mutants with the seed ${SEED}`, async (cloud, compare) => {
  const now = () => NOW
  const issuer = await startTestIssuer(now)
  const score = await compare({ issuer, now, seed: SEED, count: COUNT }).finally(() => issuer.close())
  const percent = (part: number) => `${(100 * part).toFixed(2)}%`
  console.log(
    `seed ${SEED}, ${cloud}: ${score.mutants} mutants of ${score.kinds} kinds, ${score.refused} refused; verdict right in ${percent(score.verdictsRight)}, clause named in ${percent(score.clausesRight)}`,
  )
  for (const miss of score.misses) console.log(`  ${miss}`)
  expect(score.verdictsRight).toBeGreaterThanOrEqual(0.995)
  expect(score.clausesRight).toBeGreaterThanOrEqual(0.95)
})
