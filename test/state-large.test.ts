/** Large states, long events and long lists, at sizes that take seconds; `state-large.long.test.ts` has the full ones. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  checkpoint,
  downFrom,
  exported,
  fillStacks,
  fingerprintOf,
  largeState,
  MB,
  makeUpdatedStack,
  readAllEvents,
  readHistory,
  sendEvents,
} from './harness/large-state.ts'
import { type StateClient, startStateClient } from './harness/state-client.ts'

const STATE_BYTES = 8 * MB
let client: StateClient

beforeAll(async () => {
  client = await startStateClient({ flags: ['--largest-state-mb', '12', '--largest-event-batch-mb', '2'] })
})
afterAll(async () => {
  expect(await client.server.stop()).toBe(0)
})

test('a large state comes back to the letter, packed and plain, from a checkpoint and from an import', async () => {
  const state = largeState(STATE_BYTES)
  const S = await client.makeStack()
  const update = await client.openUpdate(S)
  await checkpoint(client, update, state)
  await client.leased('POST', `${update.U}/complete`, update.lease, '{"status":"succeeded"}')
  expect(await exported(client, S, 'gzip')).toEqual(fingerprintOf(state))
  expect(await exported(client, S, 'identity')).toEqual(fingerprintOf(state))
  const T = await client.makeStack()
  await client.importState(T, state.toString())
  expect(await exported(client, T, 'gzip')).toEqual(fingerprintOf(state))
})

test('what is larger than the operator allows is 413, and the sentence names the flag', async () => {
  const tooLarge = largeState(13 * MB)
  const S = await client.makeStack()
  const { U, lease } = await client.openUpdate(S)
  const refused = await client.leased('PATCH', `${U}/checkpoint`, lease, gzipSync(tooLarge))
  expect(refused.status).toBe(413)
  expect(await refused.text()).toContain('--largest-state-mb')
  const events = Array.from({ length: 3 }, (_, sequence) => ({ sequence, x: 'x'.repeat(MB) }))
  const batch = await client.leased('POST', `${U}/events/batch`, lease, gzipSync(JSON.stringify({ events })))
  expect(batch.status).toBe(413)
  expect(await batch.text()).toContain('--largest-event-batch-mb')
})

test('clients that break off, sending or receiving, take nothing along', async () => {
  const S = await client.makeStack()
  await client.importState(S, largeState(STATE_BYTES).toString())
  const headers = { authorization: `token ${client.server.adminToken}`, 'accept-encoding': 'identity' }
  // More than the server has connections to its database.
  for (let at = 0; at < 30; at += 1) {
    const stop = new AbortController()
    const answer = await fetch(`${client.server.url}${S}/export`, { headers, signal: stop.signal })
    await answer.body?.getReader().read()
    stop.abort()
  }
  const { U, lease } = await client.openUpdate(S)
  for (let at = 0; at < 30; at += 1) {
    const stop = new AbortController()
    const sending = new ReadableStream({
      pull(controller) {
        controller.enqueue(Buffer.from('{"version":3,"deployment":{"resources":['.padEnd(100_000, ' ')))
        stop.abort()
      },
    })
    const request = {
      method: 'PATCH',
      headers: { authorization: `update-token ${lease}`, 'content-type': 'application/json' },
    }
    await fetch(`${client.server.url}${U}/checkpoint`, {
      ...request,
      body: sending,
      signal: stop.signal,
      duplex: 'half',
    }).catch(() => undefined)
  }
  await checkpoint(client, { U, lease, id: '' }, largeState(MB))
  expect((await exported(client, S, 'gzip')).bytes).toBeLessThan(2 * MB)
})

test('an export is of one moment, whatever is written meanwhile', async () => {
  const S = await client.makeStack()
  const update = await client.openUpdate(S)
  const states = [largeState(3 * MB), largeState(5 * MB)] as const
  const known = states.map(fingerprintOf)
  await checkpoint(client, update, states[0])
  const writes = (async () => {
    for (let at = 1; at <= 8; at += 1) await checkpoint(client, update, states[at % 2] as Buffer)
  })()
  for (let at = 0; at < 12; at += 1) expect(known).toContainEqual(await exported(client, S, 'gzip'))
  await writes
})

test('events of thousands of steps come back once each, in order, by pages', async () => {
  const update = await client.openUpdate(await client.makeStack(), 'preview')
  await sendEvents(client, update, 2_600)
  await client.leased('POST', `${update.U}/complete`, update.lease, '{"status":"succeeded"}')
  const { sequences, pages } = await readAllEvents(client, update)
  expect(sequences).toEqual(Array.from({ length: 2_600 }, (_, at) => at))
  expect(pages).toBeGreaterThan(2)
})

test('lists of stacks and of updates come by pages', async () => {
  await fillStacks(client, 'many', 1_200)
  const { names, pages } = await client.listAll('project=many')
  expect(names).toHaveLength(1_200)
  expect(new Set(names).size).toBe(1_200)
  expect(pages).toBeGreaterThan(2)
  const S = await makeUpdatedStack(client, 'often', 250)
  expect(await readHistory(client, S, 100)).toEqual(downFrom(250))
})
