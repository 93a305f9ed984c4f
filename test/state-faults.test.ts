/** The unmodified Pulumi CLI with a journal: processes die, connections break, requests come twice or in another order. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FaultSystem, startFaultSystem } from './harness/fault-system.ts'
import { endure, faultNamed } from './harness/state-faults.ts'

const RESOURCES = 12
/** The long test has all of them, at requests by chance. */
const CASES = [
  ['the CLI is killed after a request was served', 3],
  ['the CLI is interrupted', 2],
  ['the server is killed before its answer is sent', 3],
  ['a connection breaks after the server has committed', 2],
  ['the lease runs out, and its client writes late', 4],
  ['a request arrives twice at once', 2],
  ['a request arrives after the one that followed it', 2],
  ['a request that the client has repeated arrives once more, after a later one', 3],
] as const

let system: FaultSystem

beforeAll(async () => {
  system = await startFaultSystem(RESOURCES, 'shared')
})
afterAll(() => system.stop())

test.each(CASES)('%s, at request %i of the journal', async (name, count) => {
  expect(await endure(system, faultNamed(name), { count })).toMatchObject({ struck: true })
})

test('up, refresh, a failed program and destroy leave their states through the journal', async () => {
  const { user, call } = system
  const stack = 'main/web/whole-life'
  const run = (command: string) => [command, '--yes', '--skip-preview', '--stack', stack] as const
  await user.ok('stack', 'init', stack, '--no-select')
  await user.ok(...run('up'))
  await user.ok(...run('refresh'))
  const { rows } = await system.database.query(
    "select journal_version as version from updates where kind in ('update', 'refresh') and not dry_run",
  )
  expect(new Set(rows.map((row) => JSON.stringify(row)))).toEqual(new Set(['{"version":1}']))
  await user.writeProgram(`name: web
runtime: yaml
resources:
  kept: { type: 'pulumi:index:Stash', properties: { input: one } }
  broken: { type: 'pulumi:index:NotThere', properties: { input: "\${kept.output}" } }
`)
  expect((await user.run(...run('up'))).code).not.toBe(0)
  await user.ok(...run('destroy'))
  const { body } = await call('GET', `/api/stacks/${stack}/export`)
  expect(body.deployment.resources ?? []).toEqual([])
  await user.ok('stack', 'rm', '--yes', '--stack', stack)
})
