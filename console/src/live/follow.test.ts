// A real server that does what servers do: it breaks off, is away for a while, and refuses.
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { refusalOf } from '../api/refusal.ts'
import { followEvents } from './follow.ts'

type Answer = (response: ServerResponse, lastId: string) => void
const event = (id: number) => `id: ${id}\nevent: lines\ndata: ${id}\n\n`
const END = 'id: over\nevent: end\ndata: {}\n\n'

let server: Server
afterEach(() => server.close())

async function follow(...answers: Answer[]) {
  const asked: string[] = []
  server = createServer((request, response) => {
    const lastId = String(request.headers['last-event-id'] ?? '')
    asked.push(lastId)
    answers.shift()?.(response, lastId)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const came: unknown[] = []
  const states: string[] = []
  const rests: number[] = []
  await followEvents({
    open: async (lastId, signal) => {
      const response = await fetch(url, { signal, headers: lastId ? { 'last-event-id': lastId } : {} })
      if (!response.ok) throw refusalOf(response.status, await response.json().catch(() => undefined))
      return response
    },
    onEvents: (events) => came.push(...events.map(({ data }) => data)),
    onState: (state) => states.push(state.is === 'refused' ? state.message : state.is),
    rest: async (milliseconds) => void rests.push(milliseconds),
    random: () => 1,
    signal: AbortSignal.timeout(10_000),
  })
  return { asked, came, states, rests }
}

it('goes on after the last whole event that came, also by a connection that broke', async () => {
  const { asked, came, states } = await follow(
    (response) => {
      response.write(`${event(1)}${event(2)}id: 3\nevent: li`)
      setTimeout(() => response.destroy(), 50)
    },
    (response) => response.end(event(3)),
    (response) => response.end(`${event(4)}${END}`),
  )
  expect(asked).toEqual(['', '2', '3'])
  expect(came).toEqual([1, 2, 3, 4, {}])
  expect(states).toEqual(['connecting', 'open', 'reconnecting', 'open', 'reconnecting', 'open', 'over'])
})

it('waits longer from failure to failure, and not for ever once it was well', async () => {
  const away: Answer = (response) => response.writeHead(503).end('{}')
  const { rests, states } = await follow(
    ...Array.from({ length: 8 }, () => away),
    (response) => response.end(event(1)),
    (response) => response.writeHead(204).end(),
  )
  expect(rests).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 250])
  expect(states.at(-1)).toBe('over')
})

it.each([
  ['as an answer', (response: ServerResponse) => response.writeHead(404).end('{"message":"Not here."}')],
  [
    'in the middle',
    (response: ServerResponse) =>
      response.end('event: refused\ndata: {"status":404,"message":"Not here."}\n\n'),
  ],
])('does not ask again after a refusal %s', async (_where, refuse) => {
  const { asked, states } = await follow(refuse)
  expect(asked).toHaveLength(1)
  expect(states.at(-1)).toBe('Not here.')
})

it('has what came before a refusal, also with it', async () => {
  const { came, states } = await follow((response) =>
    response.end(`${event(1)}event: refused\ndata: {"status":401,"message":"Signed out."}\n\n`),
  )
  expect(came).toEqual([1])
  expect(states.at(-1)).toBe('Signed out.')
})

it('asks again when it was told to be patient', async () => {
  const { states } = await follow(
    (response) => response.writeHead(429).end('{}'),
    (response) => response.end(END),
  )
  expect(states.at(-1)).toBe('over')
})
