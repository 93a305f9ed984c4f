/** A program that says its cloud credentials everywhere: none is stored for anybody to read, and the log warns of what it exported. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { searchForSecrets } from '../demo/secret-search.ts'
import { tablesOf } from '../demo/tables.ts'
import { type Ended, type System, startSystem } from './harness/system.ts'
import { accountTrusting, deploymentRequest, subject } from './harness/trusting-role.ts'

let system: System
let ended: Ended
/** As the state has them, where the program exported them. */
let secrets: { name: string; value: string }[]

beforeAll(async () => {
  system = await startSystem({
    accounts: (issuerUrl) => [
      accountTrusting(issuerUrl, { subjects: [subject('dev', 'update')], maxSessionDurationSeconds: 7200 }),
    ],
    program: join(import.meta.dirname, 'fixtures/prints-its-credentials'),
  })
  await system.addStack('dev')
  // The sandbox has no npm configuration of this machine's user; the registry is where this machine has it.
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim()
  const context = {
    preRunCommands: ['true'],
    environmentVariables: { npm_config_registry: registry, NODE_USE_SYSTEM_CA: '1' },
  }
  ended = await system.deploy(
    'dev',
    deploymentRequest(
      { repoUrl: system.repoUrl, awsUrl: system.aws.url },
      { context, aws: { duration: '2h' } },
    ),
  )
  const { body } = await system.server.call('GET', '/api/stacks/main/shop/dev/export')
  const stack = body.deployment.resources.find(
    (resource: { type: string }) => resource.type === 'pulumi:pulumi:Stack',
  )
  secrets = [
    { name: 'secret access key', value: stack.outputs.keyInClear.slice('key: '.length) },
    { name: 'session token', value: stack.outputs.inside.deep[0].session },
  ]
}, 180_000)
afterAll(() => system?.stop())

test('it had credentials, and the deployment is none the worse', () => {
  expect(ended.status, ended.log).toBe('succeeded')
  for (const { value } of secrets) expect(value.length).toBeGreaterThan(30)
})

test('no event, log line or other row holds one, in any form', async () => {
  const { database } = system
  const places = tablesOf({ query: (text) => database.db.query(text) })
  const { findings, missingMarkers } = await searchForSecrets(secrets, ['said with quotes'], places)
  expect(missingMarkers).toEqual([])
  // The state is the program's own, and says what it was told to.
  expect(findings.filter(({ place }) => !/state_chunks|journal/.test(place))).toEqual([])
  const { rows } = await database.db.query<{ body: string }>('select body from update_events')
  const events = rows.map(({ body }) => body)
  expect(events.join('\n')).toContain('[credential]')
  for (const event of events) expect(() => JSON.parse(event)).not.toThrow()
})

test('the log names the outputs that hold one in clear, and no other', () => {
  expect(ended.steps.at(-1)).toBe('Look for credentials in outputs')
  expect(ended.log).toContain(
    'Warning: a cloud credential of this deployment stands in clear in the outputs of the stack: "inside", "keyInClear".',
  )
})

test('what the server keeps of them is no credential', async () => {
  const { rows } = await system.database.db.query<{ report: string }>(
    'select report::text from credential_fingerprints',
  )
  expect(rows).toHaveLength(1)
  for (const { value } of secrets) {
    for (let at = 0; at + 12 <= value.length; at += 1)
      expect(rows[0]?.report).not.toContain(value.slice(at, at + 12))
  }
})
