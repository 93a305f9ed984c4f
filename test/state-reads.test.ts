/** Reading about updates over HTTP: some events only, previews, and small answers about the latest state. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type StateClient, startStateClient } from './harness/state-client.ts'

let client: StateClient
let S: string

beforeAll(async () => {
  client = await startStateClient()
})
afterAll(async () => {
  expect(await client.server.stop()).toBe(0)
})
beforeEach(async () => {
  S = await client.makeStack()
})

const urn = 'urn:pulumi:s::p::a:b:C::n'
const EVENTS = [
  { preludeEvent: { config: {} } },
  { resourcePreEvent: { metadata: { urn, op: 'create' } } },
  { diagnosticEvent: { urn, message: 'a', severity: 'info' } },
  { diagnosticEvent: { message: 'b', severity: 'info' } },
  { policyEvent: { resourceUrn: urn, message: 'c' } },
  { resOutputsEvent: { metadata: { urn: `${urn}2` } } },
  { somethingNew: { urn } },
  { summaryEvent: { resourceChanges: { create: 1 } } },
].map((event, sequence) => ({ sequence, timestamp: 1, ...event }))

async function updateWith(events: readonly object[]): Promise<string> {
  const { U, lease } = await client.openUpdate(S)
  await client.leased('POST', `${U}/events/batch`, lease, JSON.stringify({ events }))
  await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')
  return U
}

interface Page {
  readonly events: readonly { readonly sequence: number; readonly type?: string }[]
  readonly continuationToken: string | null
}

const page = async (U: string, query: string): Promise<Page> =>
  (await client.call('GET', `${U}/events?${query}`)).body
const sequences = ({ events }: Page) => events.map(({ sequence }) => sequence)

test('events come with their type, and only those that were asked for', async () => {
  const U = await updateWith(EVENTS)
  const all = await page(U, 'include_non_activated=true')
  expect(sequences(all)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(all.events.map(({ type }) => type)).toEqual([
    'preludeEvent',
    'resourcePreEvent',
    'diagnosticEvent',
    'diagnosticEvent',
    'policyEvent',
    'resOutputsEvent',
    undefined,
    'summaryEvent',
  ])
  expect(sequences(await page(U, 'type=diagnosticEvent'))).toEqual([2, 3])
  expect(sequences(await page(U, 'type=diagnosticEvent&type=4'))).toEqual([2, 3, 7])
  expect(sequences(await page(U, `urn=${encodeURIComponent(urn)}`))).toEqual([1, 2, 4])
  expect(sequences(await page(U, `urn=${encodeURIComponent(urn)}&type=2`))).toEqual([2])
  expect(await page(U, 'urn=nothing')).toEqual({ events: [], continuationToken: null })
  expect(await client.call('GET', `${U}/events?type=99`)).toMatchObject({ status: 400 })
})

test('a rare event is found behind thousands of others in one page, and a running update is not taken for ended', async () => {
  const { U, lease } = await client.openUpdate(S)
  const many = Array.from({ length: 2_500 }, (_, sequence) => ({
    sequence,
    timestamp: 1,
    stdoutEvent: { message: 'x' },
  }))
  await client.leased('POST', `${U}/events/batch`, lease, JSON.stringify({ events: many }))
  expect(await page(U, 'type=summaryEvent')).toEqual({ events: [], continuationToken: '2500' })
  const late = [{ sequence: 2_500, timestamp: 1, summaryEvent: {} }]
  await client.leased('POST', `${U}/events/batch`, lease, JSON.stringify({ events: late }))
  expect(sequences(await page(U, 'type=summaryEvent'))).toEqual([2_500])
  await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')
  const last = await page(U, 'type=summaryEvent')
  expect(sequences(last)).toEqual([2_500])
  expect(last.continuationToken).toBeNull()
})

test('previews are listed by themselves, in either order, by page and by version', async () => {
  const made: string[] = []
  const preview = async () => {
    const { id, U, lease } = await client.openUpdate(S, 'preview', {
      metadata: { message: `preview ${made.length}` },
    })
    await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')
    made.push(id)
  }
  const ids = async (path: string): Promise<string[]> =>
    (await client.call('GET', S + path)).body.updates.map(({ updateID }: { updateID: string }) => updateID)
  await preview()
  await preview()
  await updateWith([])
  await preview()
  const { body } = await client.call('GET', `${S}/updates/latest/previews?asc=false&pageSize=1&page=1`)
  expect(body).toMatchObject({
    updates: [
      { updateID: made[2], version: 1, latestVersion: 1, info: { kind: 'preview', message: 'preview 2' } },
    ],
    itemsPerPage: 1,
    total: 3,
  })
  expect(await ids('/updates/latest/previews')).toEqual(made)
  expect(await ids('/updates/latest/previews?pageSize=2&page=2')).toEqual(made.slice(2))
  expect(await ids('/updates/0/previews')).toEqual(made.slice(0, 2))
  expect(await ids('/updates/1/previews')).toEqual(made.slice(2))
  const one = await client.call('GET', `${S}/previews/${made[0]}`)
  expect(one.body).toMatchObject({ updateID: made[0], info: { message: 'preview 0', result: 'succeeded' } })
  expect((await client.call('GET', `${S}/previews/nothing`)).status).toBe(404)
  expect((await client.call('GET', `${S}/updates`)).body.updates).toHaveLength(1)
})

test('an update by its version, its summary, and the activity', async () => {
  await client.importState(S, '{"version":3,"deployment":{"resources":[{"urn":"a"},{"urn":"b"}]}}')
  await updateWith(EVENTS)
  const entry = await client.call('GET', `${S}/updates/2`)
  expect(entry.body).toMatchObject({ version: 2, info: { kind: 'update', resourceChanges: { create: 1 } } })
  expect((await client.call('GET', `${S}/updates/1/summary`)).body).toEqual({
    result: 'succeeded',
    startTime: expect.any(Number),
    endTime: expect.any(Number),
    resourceCount: 2,
  })
  expect((await client.call('GET', `${S}/updates/9/summary`)).body.reason).toBe('version_not_found')
  const { body } = await client.call('GET', `${S}/activity?pageSize=1&page=2`)
  expect(body).toMatchObject({ activity: [{ update: { version: 1 } }], itemsPerPage: 1, total: 2 })
})

test('the outputs and the number of resources, without the rest of the state', async () => {
  expect(await client.text(`${S}/outputs`)).toBe('{"outputs":{}}')
  expect((await client.call('GET', `${S}/resources/count`)).body).toEqual({ resourceCount: 0, version: 0 })
  const root =
    '{"urn":"r","type":"pulumi:pulumi:Stack","outputs":{"n":12345678901234567890,"s":{"ciphertext":"x"}}}'
  await client.importState(S, `{"version":3,"deployment":{"resources":[{"urn":"a","type":"t"},${root}]}}`)
  expect(await client.text(`${S}/outputs`)).toBe(
    '{"outputs":{"n":12345678901234567890,"s":{"ciphertext":"x"}}}',
  )
  expect((await client.call('GET', `${S}/resources/count`)).body).toEqual({ resourceCount: 2, version: 1 })
})

test('what there is, without its properties, of the latest state and of an earlier one', async () => {
  expect((await client.call('GET', `${S}/resources/latest`)).body).toEqual({
    resources: [],
    region: '',
    version: 0,
  })
  const urn = 'urn:pulumi:s::p::t:m/n:T::a/b?c'
  const state = (id: string) =>
    `{"version":3,"deployment":{"resources":[{"urn":"${urn}","type":"t","id":"${id}","inputs":{"big":12345678901234567890}}]}}`
  await client.importState(S, state('one'))
  await client.importState(S, state('two'))
  const listed = async (version: string) => {
    const { body } = await client.call('GET', `${S}/resources/${version}`)
    return body.resources.map(({ resource }: { resource: object }) => resource)
  }
  const kept = { type: 't', urn, custom: false, delete: false, dependencies: [] }
  expect(await listed('latest')).toEqual([{ id: 'two', ...kept }])
  expect(await listed('1')).toEqual([{ id: 'one', ...kept }])
  const path = encodeURIComponent(urn)
  expect(await client.text(`${S}/resources/latest/${path}`)).toContain(
    '"inputs":{"big":12345678901234567890}}},"region":"","version":2}',
  )
  expect((await client.call('GET', `${S}/resources/1/${path}`)).body.resource.resource.id).toBe('one')
  expect((await client.call('GET', `${S}/resources/latest/none`)).body.reason).toBe('resource_not_found')
  expect((await client.call('GET', `${S}/resources/9`)).body.reason).toBe('version_not_found')
})

test('nothing of it is for strangers', async () => {
  const stranger = await client.makeUser()
  for (const path of [
    'updates/latest/previews',
    'updates/1/previews',
    'updates/1/summary',
    'previews/x',
    'activity',
    'outputs',
    'resources/count',
    'resources/latest',
    'resources/1',
    'resources/latest/x',
  ]) {
    const answer = await client.call('GET', `${S}/${path}`, undefined, stranger)
    expect(answer, path).toMatchObject({ status: 404, body: { reason: 'stack_not_found' } })
  }
})
