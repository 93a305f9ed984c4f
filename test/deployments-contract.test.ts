/**
 * Every call of Pulumi's contract against the running server; what came of each stands in docs/compatibility.md. With
 * `--update` this file writes it there. A call that is listed as not there, and is, fails.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkRow, contractTable } from './harness/contract/check-row.ts'
import type { ContractRow } from './harness/contract/row.ts'
import { audit, description, inbound, people, pools, tokens } from './harness/contract/rows/access.ts'
import { agents, deployments, drift, gitHosts } from './harness/contract/rows/deployments.ts'
import { schedules } from './harness/contract/rows/schedules.ts'
import { settings } from './harness/contract/rows/settings.ts'
import { webhooks } from './harness/contract/rows/webhooks.ts'
import { type Stage, startStage } from './harness/contract/stage.ts'
import { expectMadeTable } from './harness/made-table.ts'

const DOCUMENT = join(import.meta.dirname, '../docs/compatibility.md')
const AREAS = [
  deployments,
  settings,
  schedules,
  drift,
  webhooks,
  pools,
  agents,
  gitHosts,
  tokens,
  people,
  audit,
  inbound,
  description,
]

const states = new Map<ContractRow, string>()
let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage?.stop())

test.each(AREAS)('$title', async ({ rows }) => {
  const problems: string[] = []
  for (const row of rows) {
    const state = await checkRow(stage.system.server, row, stage.known).catch((error: Error) => {
      problems.push(error.message)
      return 'fails'
    })
    states.set(row, state)
  }
  expect(problems).toEqual([])
})

test('the table in the documents is what came of them', async () => {
  expect([...states.values()], 'a call that fails is mended, not written down').not.toContain('fails')
  await expectMadeTable(DOCUMENT, 'test/deployments-contract.test.ts', contractTable(AREAS, states))
})
