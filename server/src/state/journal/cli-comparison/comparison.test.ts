/** A part of what comparison.long.test.ts compares. */
import { expect, test } from 'vitest'
import { ENTRY_KIND } from '../entry.ts'
import { compareWithCli, STEP_TIMEOUT_MS } from './compare.ts'
import { SCENARIOS } from './scenarios.ts'

const PULUMI = process.env['DAYPASS_PULUMI'] ?? ''
const CHOSEN = ['interrupted', 'aliases', 'a state from before there were provider resources']

for (const scenario of SCENARIOS.filter(({ name }) => CHOSEN.includes(name))) {
  test(
    `the state from a journal is the CLI's own: ${scenario.name}`,
    async ({ skip }) => {
      if (PULUMI === '') skip('DAYPASS_PULUMI names no Pulumi CLI; `npm test` provides one.')
      const { kinds } = await compareWithCli(PULUMI, scenario, { shuffled: true })
      expect([...kinds]).toContain(ENTRY_KIND.success)
    },
    scenario.steps.length * STEP_TIMEOUT_MS,
  )
}

test('the chosen scenarios are there', () => {
  expect(SCENARIOS.map(({ name }) => name)).toEqual(expect.arrayContaining(CHOSEN))
})
