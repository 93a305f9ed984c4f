/** Who may make the server read much: nobody whose token is not good, and nobody without end. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StateClient, startStateClient } from './harness/state-client.ts'

const MB = 1024 * 1024
let client: StateClient

beforeAll(async () => {
  client = await startStateClient()
})
afterAll(async () => {
  expect(await client.server.stop()).toBe(0)
})

/** A batch of one event of so many bytes, as small as gzip makes it. */
function batch(bytes: number, piece = '.AAA'): Buffer {
  return gzipSync(`{"events":[{"sequence":0,"x":"${piece.repeat(bytes / piece.length)}"}]}`)
}

/** The longest that anybody else waited meanwhile, in milliseconds. */
async function longestWaitDuring(work: Promise<unknown>): Promise<number> {
  let ended = false
  const end = work.finally(() => {
    ended = true
  })
  let longest = 0
  while (!ended) {
    const asked = performance.now()
    await (await fetch(`${client.server.url}/healthz`)).text()
    longest = Math.max(longest, performance.now() - asked)
  }
  await end
  return longest
}

test('an invented lease is refused before a byte of its body is inflated', async () => {
  const invented = `dpu-${'0'.repeat(40)}`
  const update = '/api/stacks/a/b/c/update/00000000-0000-0000-0000-000000000000'
  const bomb = batch(192 * MB)
  const calls = [
    ['POST', 'events/batch'],
    ['PATCH', 'checkpoint'],
    ['PATCH', 'checkpointverbatim'],
    ['PATCH', 'journalentries'],
    ['POST', 'complete'],
    ['POST', 'renew_lease'],
  ] as const
  const answers = Promise.all(
    calls.map(async ([method, call]) => {
      const { status } = await client.leased(method, `${update}/${call}`, invented, bomb)
      return `${call} ${status}`
    }),
  )
  expect(await longestWaitDuring(answers)).toBeLessThan(2_000)
  expect(await answers).toEqual(calls.map(([, call]) => `${call} 403`))
  // What is no gzip at all would be a 400, had anybody looked.
  expect(
    (await client.leased('POST', `${update}/events/batch`, invented, Buffer.from('no gzip'))).status,
  ).toBe(403)
  // Short and plain bodies are read, and refused all the same.
  expect((await client.leased('POST', `${update}/events/batch`, invented, '{"events":[]}')).status).toBe(403)
})

test('a lease that is over, or another update’s, is refused before its body is read', async () => {
  const S = await client.makeStack()
  const ended = await client.openUpdate(S)
  const other = await client.openUpdate(S, 'preview')
  const noGzip = Buffer.from('no gzip')
  expect((await client.leased('POST', `${ended.U}/events/batch`, other.lease, noGzip)).status).toBe(403)
  expect(
    (await client.leased('POST', `${ended.U}/complete`, ended.lease, gzipSync('{"status":"failed"}'))).status,
  ).toBe(204)
  expect(
    (await client.leased('POST', `${ended.U}/complete`, ended.lease, gzipSync('{"status":"failed"}'))).status,
  ).toBe(204)
  expect((await client.leased('POST', `${ended.U}/events/batch`, ended.lease, noGzip)).status).toBe(409)
  expect((await client.leased('PATCH', `${ended.U}/checkpoint`, ended.lease, noGzip)).status).toBe(409)
  expect((await client.leased('POST', `${ended.U}/renew_lease`, ended.lease, gzipSync('{}'))).status).toBe(
    403,
  )
})

test('a lease that was good a moment ago ends at once all the same', async () => {
  const update = await client.openUpdate(await client.makeStack())
  const noGzip = (bytes: number) =>
    client.leased('POST', `${update.U}/events/batch`, update.lease, Buffer.alloc(bytes))
  const status = async (answer: Promise<Response>) => (await answer).status
  const good = gzipSync('{"events":[{"sequence":0}]}')
  expect(await status(client.leased('POST', `${update.U}/events/batch`, update.lease, good))).toBe(204)
  await client.leased('POST', `${update.U}/complete`, update.lease, '{"status":"failed"}')
  expect(await status(noGzip(100_000))).toBe(409)
  expect(await status(client.leased('POST', `${update.U}/events/batch`, update.lease, good))).toBe(409)
  const entries = gzipSync('{"entries":[]}')
  expect(await status(client.leased('PATCH', `${update.U}/journalentries`, update.lease, entries))).toBe(409)
})

test('runners’ invented tokens are refused before the body is read', async () => {
  const send = (path: string, token: string): Promise<Response> =>
    fetch(client.server.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: `{${'x'.repeat(100_000)}`,
    })
  expect((await send('/api/daypass/job/log', `dpj-${'0'.repeat(40)}`)).status).toBe(401)
  expect((await send('/api/daypass/job/finish', `dpj-${'0'.repeat(40)}`)).status).toBe(401)
  expect((await send('/api/daypass/runner/claim', `dpp-${'0'.repeat(40)}`)).status).toBe(401)
})

test('a genuine lease sends 20 MB of events at once and not more, and nobody waits long for it', async () => {
  const { lease, U, id } = await client.openUpdate(await client.makeStack(), 'preview')
  const tooMuch = await client.leased('POST', `${U}/events/batch`, lease, batch(21 * MB))
  expect(tooMuch.status).toBe(413)
  expect(JSON.parse(await tooMuch.text()).message).toMatch(/20 MB .*--largest-event-batch-mb/)

  const letters = '.AAA'.repeat((3 * MB) / 4)
  const events = Array.from({ length: 6 }, (_, sequence) => ({ sequence, x: letters }))
  const sent = client.leased('POST', `${U}/events/batch`, lease, gzipSync(JSON.stringify({ events })))
  expect(await longestWaitDuring(sent)).toBeLessThan(2_000)
  expect((await sent).status).toBe(204)

  const one = await client.openUpdate(await client.makeStack(), 'preview')
  expect((await client.leased('POST', `${one.U}/events/batch`, one.lease, batch(5 * MB))).status).toBe(204)
  expect(await client.text(`${one.U}/events`)).toContain('more than 4 MB')
  const { rows } = await client.db.query(
    'select count(*)::int as n from update_events where update_id = $1',
    [id],
  )
  expect(rows).toEqual([{ n: 6 }])
})

test('what an update is about may have 10 MB', async () => {
  const S = await client.makeStack()
  // Compressed: a client that is still sending 11 MB when it is answered may not hear the answer.
  const body = gzipSync(JSON.stringify({ metadata: { message: 'x'.repeat(11 * MB) } }))
  const headers = {
    authorization: `token ${client.server.adminToken}`,
    'content-type': 'application/json',
    'content-encoding': 'gzip',
  }
  const answer = await fetch(`${client.server.url}${S}/update`, { method: 'POST', headers, body })
  expect(answer.status).toBe(413)
})

test('events are kept up to a size, then one sentence, and for all updates of a deployment together', async () => {
  const S = await client.makeStack()
  const job = await client.makeDeployment(S, 'preview')
  const { lease, U, id } = await client.openUpdate(S, 'preview', {}, job.token)
  const send = (...sequences: number[]): Promise<Response> => {
    const events = sequences.map((sequence) => ({ sequence, stdoutEvent: { message: 'x'.repeat(1_000) } }))
    return client.leased('POST', `${U}/events/batch`, lease, JSON.stringify({ events }))
  }
  await send(0, 1)
  await send(0, 1)
  const stored = (): Promise<unknown[]> =>
    client.db
      .query('select event_bytes as bytes, events_full as "full" from updates where id = $1', [id])
      .then(({ rows }) => rows)
  const twoEvents =
    2 *
    (Buffer.byteLength(JSON.stringify({ sequence: 0, stdoutEvent: { message: 'x'.repeat(1_000) } })) + 100)
  expect(await stored()).toEqual([{ bytes: twoEvents, full: false }])

  await client.db.query('update updates set event_bytes = $2 where id = $1', [id, 256 * MB - 1_500])
  await send(0, 1) // sent again: nothing is left out yet
  expect(await stored()).toMatchObject([{ full: false }])
  await send(3, 2)
  await send(4)
  expect(await stored()).toMatchObject([{ full: true }])
  const summary = { sequence: 5, summaryEvent: { resourceChanges: { create: 2 } } }
  await client.leased('POST', `${U}/events/batch`, lease, JSON.stringify({ events: [summary] }))
  const { rows } = await client.db.query('select resource_changes as changes from updates where id = $1', [
    id,
  ])
  expect(rows).toEqual([{ changes: { create: 2 } }])

  const second = await client.openUpdate(S, 'preview', {}, job.token)
  const event = JSON.stringify({ events: [{ sequence: 0, stdoutEvent: { message: 'y'.repeat(2_000) } }] })
  expect((await client.leased('POST', `${second.U}/events/batch`, second.lease, event)).status).toBe(204)
  expect(await client.text(`${second.U}/events`)).toContain('have reached 256 MB')

  await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')
  const { events, continuationToken } = JSON.parse(await client.text(`${U}/events`))
  expect(continuationToken).toBeNull()
  expect(events.map(({ sequence }: { sequence: number }) => sequence)).toEqual([0, 1, 2])
  expect(events[2].diagnosticEvent.message).toMatch(
    /have reached 256 MB \(--largest-update-events-mb\); what follows is not kept/,
  )
})
