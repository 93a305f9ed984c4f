/** Large things at their full sizes, with what they cost the memory of the server. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  checkpoint,
  downFrom,
  exported,
  fillStacks,
  fingerprintOf,
  largeState,
  MB,
  makeUpdatedStack,
  peakDuring,
  programOf,
  readAllEvents,
  readHistory,
  sendEvents,
} from './harness/large-state.ts'
import { type PulumiUser, pulumiUser } from './harness/pulumi.ts'
import { type StateClient, startStateClient } from './harness/state-client.ts'

/** While one large body passes through. */
const MOST_MEGABYTES = 300
/** While many middling ones do, one after the other: garbage of the last ones lies beside the next. */
const MOST_MEGABYTES_OF_MANY = 450
let client: StateClient
let user: PulumiUser

// A server of its own for each: what one test needed would still be counted in the next.
beforeEach(async () => {
  client = await startStateClient()
  user = await pulumiUser({ PULUMI_ACCESS_TOKEN: client.server.adminToken })
  await user.ok('login', client.server.url)
})
afterEach(async () => {
  await user.remove()
  expect(await client.server.stop()).toBe(0)
})

async function holdsMemory(what: string, work: () => Promise<void>, most = MOST_MEGABYTES): Promise<void> {
  const megabytes = await peakDuring(client, work)
  console.log(`${what}: the server needed ${megabytes.toFixed(0)} MB at most`)
  expect(megabytes, what).toBeLessThan(most)
}

test('a state of 100 MB: in, out, and in again', async () => {
  const state = largeState(100 * MB)
  const expected = fingerprintOf(state)
  const S = await client.makeStack()
  const update = await client.openUpdate(S)
  await holdsMemory('checkpoint of 100 MB', () => checkpoint(client, update, state))
  await client.leased('POST', `${update.U}/complete`, update.lease, '{"status":"succeeded"}')
  for (const encoding of ['gzip', 'identity'] as const) {
    await holdsMemory(`export of 100 MB, ${encoding}`, async () => {
      expect(await exported(client, S, encoding)).toEqual(expected)
    })
  }
  const T = await client.makeStack()
  await holdsMemory('import of 100 MB', () => client.importState(T, state.toString()))
  expect(await exported(client, T, 'gzip')).toEqual(expected)
})

test('events of 50,000 steps', async () => {
  const update = await client.openUpdate(await client.makeStack(), 'preview')
  await holdsMemory('50,000 events in', () => sendEvents(client, update, 50_000), MOST_MEGABYTES_OF_MANY)
  await client.leased('POST', `${update.U}/complete`, update.lease, '{"status":"succeeded"}')
  const readAll = async (): Promise<void> => {
    const { sequences, pages, largestPageBytes } = await readAllEvents(client, update)
    console.log(`50,000 events: ${pages} pages, the largest of ${(largestPageBytes / MB).toFixed(1)} MB`)
    expect(sequences).toEqual(Array.from({ length: 50_000 }, (_, at) => at))
  }
  await holdsMemory('50,000 events out', readAll, MOST_MEGABYTES_OF_MANY)
})

test.each([
  ['5,000 resources', 5_000, 300],
  ['one output of 20 MB', 1, 20 * MB],
])('the CLI with %s', async (what, resources, valueBytes) => {
  const stack = `main/p/cli-${resources}`
  await user.writeProgram(programOf(resources, valueBytes))
  await user.ok('stack', 'init', stack, '--no-select')
  const up = async (): Promise<void> => {
    await user.ok('up', '--yes', '--skip-preview', '--stack', stack)
  }
  await holdsMemory(`up of ${what}`, up, MOST_MEGABYTES_OF_MANY)
  await user.ok('preview', '--expect-no-changes', '--stack', stack)
  const { stdout } = await user.ok('stack', 'export', '--stack', stack)
  const stackAndProvider = 2
  expect(JSON.parse(stdout).deployment.resources).toHaveLength(resources + stackAndProvider)
  await user.ok('destroy', '--yes', '--skip-preview', '--stack', stack)
})

test('10,000 stacks', async () => {
  await fillStacks(client, 'many', 10_000)
  await holdsMemory('10,000 stacks by pages', async () => {
    const { names, pages } = await client.listAll('project=many')
    console.log(`10,000 stacks: ${pages} pages`)
    expect(new Set(names).size).toBe(10_000)
  })
  const { stdout } = await user.ok('stack', 'ls', '--project', 'many', '--json')
  expect(JSON.parse(stdout)).toHaveLength(10_000)
})

test('10,000 updates of one stack', async () => {
  const S = await makeUpdatedStack(client, 'often', 10_000)
  await holdsMemory('10,000 updates by pages and at once', async () => {
    expect(await readHistory(client, S, 500)).toEqual(downFrom(10_000))
    const { body } = await client.server.call('GET', `${S}/updates`)
    expect(body.updates).toHaveLength(10_000)
  })
  const { stdout } = await user.ok(
    'stack',
    'history',
    '--stack',
    'main/p/often',
    '--json',
    '--page-size',
    '10',
  )
  expect(JSON.parse(stdout)).toHaveLength(10)
})
