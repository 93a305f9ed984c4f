/** Some of the mutants that mutants.long.test.ts judges, always the same ones. */
import { expect, test } from 'vitest'
import { startTestIssuer } from '../issuer/issuer-for-tests.ts'
import { compareAws } from './aws/comparison.ts'
import { compareAzure } from './azure/comparison.ts'
import { compareGoogle } from './google/comparison.ts'

const NOW = new Date('2030-01-01T00:00:00Z')
const SEED = 20_301
const COUNT = 350

test.each([
  ['AWS', compareAws],
  ['Azure', compareAzure],
  ['Google', compareGoogle],
] as const)(
  '%s: engine, local cloud and a second judge agree, and the clause that was broken is named',
  async (_, compare) => {
    const now = () => NOW
    const issuer = await startTestIssuer(now)
    const score = await compare({ issuer, now, seed: SEED, count: COUNT }).finally(() => issuer.close())
    expect(score.mutants).toBe(COUNT)
    expect(score.refused).toBeGreaterThan(COUNT / 2)
    expect(score.mutants - score.refused).toBeGreaterThan(COUNT / 20)
    expect(score.verdictsRight, score.misses.join('\n')).toBeGreaterThanOrEqual(0.995)
    expect(score.clausesRight, score.misses.join('\n')).toBeGreaterThanOrEqual(0.99)
  },
  60_000,
)
