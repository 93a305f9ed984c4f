import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolToken } from '@daypass/contract/tokens.ts'
import { expect, onTestFinished, test } from 'vitest'
import { jobSpec, POOL_TOKEN, startFakePlane } from '../harness/fake-plane.ts'
import { type ClaimLoopOptions, claimUntilStopped } from './claim-loop.ts'
import { connect, oneToken } from './control-plane.ts'
import { backoff } from './pause.ts'

function loop(url: string, changes: Partial<ClaimLoopOptions> & { token?: string } = {}) {
  const said: string[] = []
  const ran: string[] = []
  const stop = new AbortController()
  const { token = POOL_TOKEN, ...rest } = changes
  const ended = claimUntilStopped({
    plane: connect(new URL(url), oneToken(token as PoolToken), fetch),
    serverUrl: url,
    introduction: { runnerName: 'test', runnerVersion: '1', launcher: 'plain' },
    slots: 1,
    runJob: async (claim) => {
      ran.push(claim.job.deploymentId)
    },
    say: (sentence) => said.push(sentence),
    pause: backoff(50, Math.random),
    stop: stop.signal,
    ...rest,
  })
  onTestFinished(() => stop.abort())
  return { said, ran, stop, ended }
}

async function plane() {
  const started = await startFakePlane()
  onTestFinished(() => started.close())
  return started
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; !holds(); await sleep(5))
    if (Date.now() > end) throw new Error('never')
}

test('what is offered is run, one after the other', async () => {
  const server = await plane()
  const { ran, ended, stop } = loop(server.url)
  for (const deploymentId of ['a', 'b', 'c']) server.offer(jobSpec({ deploymentId }))
  await until(() => ran.length === 3)
  expect(ran).toEqual(['a', 'b', 'c'])
  stop.abort()
  expect(await ended).toBeUndefined()
  expect(server.claims[0]).toEqual({
    runnerName: 'test',
    runnerVersion: '1',
    launcher: 'plain',
    waitSeconds: 50,
  })
  expect(server.protocolErrors).toEqual([])
})

test('an outage is told once when it begins and once when it ends, and work goes on', async () => {
  const server = await plane()
  server.mood = 'away'
  const { said, ran } = loop(server.url, { slots: 3 })
  await sleep(400)
  expect(said).toEqual([expect.stringMatching(/does not answer \(it answered 503\); asking again/)])
  server.mood = 'fine'
  server.offer(jobSpec())
  await until(() => ran.length === 1)
  expect(said).toEqual([expect.anything(), expect.stringMatching(/answers again/)])
})

test('a pool token that the server does not know ends the runner with a sentence', async () => {
  const server = await plane()
  const { ended } = loop(server.url, { token: `dpp-${'f'.repeat(40)}`, slots: 2 })
  expect(await ended).toMatch(/refuses this runner: This token is not known/)
})

test('a fault in one job does not end the runner', async () => {
  const server = await plane()
  let calls = 0
  const { said } = loop(server.url, {
    runJob: async () => {
      calls += 1
      throw new Error('a bug')
    },
  })
  server.offer(jobSpec())
  await until(() => calls === 1)
  server.offer(jobSpec())
  await until(() => calls === 2)
  expect(said[0]).toMatch(/fault of the runner ended deployment .*a bug/)
})

test('a server that redirects gets no token at its other address, and one that speaks another language is away', async () => {
  let reached = 0
  const other = createServer((_, response) => {
    reached += 1
    response.end('{}')
  })
  const first = createServer((request, response) => {
    if (request.url?.startsWith('/html')) response.writeHead(200).end('<html>Welcome</html>')
    else response.writeHead(307, { location: `http://127.0.0.1:${port(other)}/` }).end()
  })
  for (const server of [other, first]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
  }
  const asked = (path: string) =>
    connect(
      new URL(`http://127.0.0.1:${port(first)}${path}`),
      oneToken(POOL_TOKEN as PoolToken),
      fetch,
    ).claim(
      { runnerName: 'test', runnerVersion: '1', launcher: 'plain', waitSeconds: 0 },
      new AbortController().signal,
    )
  expect(await asked('')).toMatchObject({ kind: 'away' })
  expect(await asked('/html')).toMatchObject({ kind: 'away', reason: expect.stringMatching(/does not know/) })
  expect(reached).toBe(0)
})

function port(server: ReturnType<typeof createServer>): number {
  return (server.address() as AddressInfo).port
}
