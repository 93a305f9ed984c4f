/** Every scenario with the real CLI: what replay makes of its journal is what the CLI itself would have stored. */
import { afterAll, expect, test } from 'vitest'
import { ENTRY_KIND, type EntryKind } from '../entry.ts'
import { compareWithCli, STEP_TIMEOUT_MS } from './compare.ts'
import { SCENARIOS } from './scenarios.ts'

const PULUMI = process.env['DAYPASS_PULUMI'] ?? ''
const seen = new Set<EntryKind>()

for (const [at, scenario] of SCENARIOS.entries()) {
  // Every other one as a bad network delivers it.
  const shuffled = at % 2 === 0
  test(
    `${scenario.name}${shuffled ? ', entries twice and out of order' : ''}`,
    async ({ skip }) => {
      if (PULUMI === '') skip('DAYPASS_PULUMI names no Pulumi CLI; `npm run test:long` provides one.')
      const { kinds } = await compareWithCli(PULUMI, scenario, { shuffled })
      for (const kind of kinds) seen.add(kind)
    },
    scenario.steps.length * STEP_TIMEOUT_MS,
  )
}

/** Extensions and snippets are the CLI's experiments; replay.test.ts stands for them. */
afterAll(() => {
  const { extensionParameterize: _, snippets: __, ...common } = ENTRY_KIND
  if (PULUMI !== '') expect([...seen].sort()).toEqual(Object.values(common))
})
