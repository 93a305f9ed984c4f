import type { Claim } from '@daypass/contract/job-protocol.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EventReader, openEvents, type ReadEvent } from '../../../test/harness/events.ts'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import { MOST_STREAMS } from '../access/streams.ts'

const AT = '2030-01-01T00:00:00Z'
let world: World
let base: string
let path: string
let job: Claim
const readers: EventReader[] = []

beforeEach(async () => {
  world = await createWorld()
  await world.addStack('dev')
  base = await world.app.listen({ host: '127.0.0.1', port: 0 })
  const deployments = '/api/stacks/acme/web/dev/deployments'
  const body = { operation: 'update', sourceContext: { git: GIT } }
  const { id } = (await world.call('POST', deployments, { body })).body
  path = `/api/daypass/stacks/acme/web/dev/deployments/${id}/log-stream`
  const claimed = await world.claim()
  if (!claimed) throw new Error('nothing claimed')
  job = claimed
  await say('start', {})
  await say('step', { step: 0, name: 'Setup', status: 'running' })
})
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close()
  await world.close()
})

async function say(what: string, body: object): Promise<void> {
  const answer = await world.job('POST', `/api/daypass/job/${what}`, job.jobToken, body)
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
}
const write = (step: number, offset: number, count: number) =>
  say('log', {
    step,
    offset,
    lines: Array.from({ length: count }, (_none, n) => ({ timestamp: AT, line: `${step}/${offset + n}\n` })),
  })

async function open(headers: Record<string, string> = {}, query = ''): Promise<EventReader> {
  const reader = await openEvents(`${base}${path}${query}`, {
    authorization: `token ${world.tokens.member}`,
    ...headers,
  })
  readers.push(reader)
  return reader
}

async function upTo(reader: EventReader, isLast: (event: ReadEvent) => boolean): Promise<ReadEvent[]> {
  const events: ReadEvent[] = []
  for (;;) {
    const event = await reader.next()
    if (event === undefined) throw new Error(`It ended after ${JSON.stringify(events)}`)
    events.push(event)
    if (isLast(event)) return events
  }
}
const textsOf = (events: readonly ReadEvent[]): string[] =>
  events
    .filter(({ event }) => event === 'lines')
    .flatMap(({ data }) => data as { text: string }[])
    .map(({ text }) => text)
const isEnd = ({ event }: ReadEvent) => event === 'end'

test('steps, lines and the end are told as they come', async () => {
  const reader = await open()
  expect(reader.status).toBe(200)
  expect(await reader.next()).toMatchObject({
    event: 'steps',
    data: [{ step: 0, name: 'Setup', status: 'running' }],
  })
  const began = performance.now()
  await write(0, 0, 2)
  expect(await reader.next()).toEqual({
    event: 'lines',
    id: '0.2',
    data: [
      { step: 0, index: 0, timestamp: AT, text: '0/0\n' },
      { step: 0, index: 1, timestamp: AT, text: '0/1\n' },
    ],
  })
  // By a notification: whoever only looked every few seconds would be later.
  expect(performance.now() - began).toBeLessThan(2_000)
  await say('step', { step: 0, name: 'Setup', status: 'succeeded' })
  await say('finish', { result: 'succeeded', failure: null })
  const events = await upTo(reader, isEnd)
  expect(events.flatMap(({ event, data }) => (event === 'steps' ? data : []))).toContainEqual({
    step: 0,
    name: 'Setup',
    status: 'succeeded',
  })
  expect(events.at(-1)).toEqual({ event: 'end', id: 'over', data: { version: 1, status: 'succeeded' } })
  expect(await reader.next()).toBeUndefined()
  expect((await open({ 'last-event-id': 'over' })).status).toBe(204)
})

test('whoever loses the connection anywhere goes on with nothing lost and nothing twice', async () => {
  const all: string[] = []
  const place = { id: '' }
  const read = async (reader: EventReader, isLast: (event: ReadEvent) => boolean) => {
    const events = await upTo(reader, isLast)
    all.push(...textsOf(events))
    place.id = events.findLast(({ id }) => id !== undefined)?.id ?? place.id
  }
  await write(0, 0, 700)
  await read(await open(), ({ event }) => event === 'lines')
  world.app.server.closeAllConnections()
  await write(0, 700, 10)
  await say('step', { step: 0, name: 'Setup', status: 'succeeded' })
  await say('step', { step: 1, name: 'pulumi update', status: 'running' })
  await write(1, 0, 30)
  await read(await open({ 'last-event-id': place.id }), ({ id }) => id === '1.30')
  world.app.server.closeAllConnections()
  const third = await open({}, `?after=${place.id}`)
  await write(1, 30, 5)
  await say('finish', { result: 'failed', failure: { code: 'x', message: 'y' } })
  await read(third, isEnd)
  const written = [
    ...Array.from({ length: 710 }, (_none, n) => `0/${n}\n`),
    ...Array.from({ length: 35 }, (_none, n) => `1/${n}\n`),
  ]
  expect(all.slice(0, written.length)).toEqual(written)
  // The server's own sentence about the end, and no more.
  expect(all.slice(written.length).join('')).not.toMatch(/^[01]\/\d/m)
  expect(place.id).toBe('over')
})

test('only who may read the log has it', async () => {
  expect((await open({ authorization: `token ${world.tokens.stranger}` })).status).toBe(404)
  expect((await open({ authorization: 'token pul-x' })).status).toBe(401)
  expect((await open({ 'last-event-id': '1;drop' })).status).toBe(400)
})

test('with the cookie of a session it ends when that is signed out', async () => {
  const signedIn = await fetch(`${base}/api/daypass/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ accessToken: world.tokens.member }),
  })
  const cookie = String(signedIn.headers.get('set-cookie')).split(';')[0] ?? ''
  const reader = await openEvents(`${base}${path}`, { cookie })
  readers.push(reader)
  expect((await reader.next())?.event).toBe('steps')
  await fetch(`${base}/api/daypass/session`, {
    method: 'DELETE',
    headers: { cookie, 'x-daypass-console': '1' },
  })
  expect(await reader.next()).toBeUndefined()
})

test('a person may not open them without end', async () => {
  const opened = await Promise.all(Array.from({ length: MOST_STREAMS }, () => open()))
  expect(new Set(opened.map(({ status }) => status))).toEqual(new Set([200]))
  expect((await open()).status).toBe(429)
  expect((await open({ authorization: `token ${world.tokens.admin}` })).status).toBe(200)
  opened[0]?.close()
  await expect.poll(async () => (await open()).status).toBe(200)
})

test('a server that stops ends them', async () => {
  const reader = await open()
  expect((await reader.next())?.event).toBe('steps')
  await world.app.close()
  expect(await reader.next()).toBeUndefined()
})
