/** From a trigger to the moment a runner holds the claim, at a steady rate on stacks that are free. */
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile, type Verdict } from '../bench.ts'
import { type Connection, connectTo } from '../connection.ts'
import { PROJECT } from '../daypass/api.ts'
import { type Installation, ORGANIZATION } from '../daypass/installation.ts'
import { type Fleet, nowMilliseconds } from './fleet.ts'
import type { Peer } from './peer.ts'

const MOST_P99_MILLISECONDS = 100
const PER_SECOND = 50
/** Clients that trigger in turn; each waits for its answer. */
const CLIENTS = 8

export interface TriggersInputs {
  readonly installation: Installation
  readonly fleet: Fleet
  readonly peer: Peer
  /** There are at least so many, `queued-00001` and so on, and nothing of them is queued. */
  readonly stacks: number
  readonly runners: number
  readonly rounds: number
  readonly seconds: number
}

export async function* measureTriggers(inputs: TriggersInputs): AsyncGenerator<Verdict> {
  const { peer, stacks, runners, rounds, seconds } = inputs
  const [ours, theirs]: [number[], number[]] = [[], []]
  const load = { stacks, runners, count: PER_SECOND * seconds, perSecond: PER_SECOND }
  for (let round = 0; round <= rounds; round += 1) {
    const [our, their] = [await trigger(inputs, load.count), await peer.trigger(load)]
    if (round === 0) continue // until the code of all of them is compiled
    ours.push(...our)
    theirs.push(...their)
  }
  for (const [name, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const [our, their] = [percentile(ours, share), percentile(theirs, share)]
    yield {
      name: `queue-trigger-to-claim-${name}`,
      ours: `${our.toFixed(1)} ms`,
      peer: `${their.toFixed(1)} ms by graphile-worker`,
      ratio: (our / their).toFixed(2),
      goal: name === 'p99' ? `< ${MOST_P99_MILLISECONDS} ms` : 'none',
      reached: name !== 'p99' || our < MOST_P99_MILLISECONDS,
    }
  }
}

async function trigger(inputs: TriggersInputs, count: number): Promise<number[]> {
  const { installation, fleet, stacks, runners } = inputs
  const { baseUrl, poolToken, adminToken } = installation
  const { done } = await fleet.send({ baseUrl, poolToken, runners, claims: count })
  const clients = Array.from({ length: CLIENTS }, () => connectTo(baseUrl))
  const askedAt = new Map<string, number>()
  const start = nowMilliseconds()
  const ask = async (client: Connection, first: number): Promise<void> => {
    for (let at = first; at < count; at += CLIENTS) {
      await sleep(Math.max(0, start + (at * 1000) / PER_SECOND - nowMilliseconds()))
      const stack = `queued-${String((at % stacks) + 1).padStart(5, '0')}`
      const asked = nowMilliseconds()
      const path = `/api/stacks/${ORGANIZATION}/${PROJECT}/${stack}/deployments`
      const { id } = JSON.parse(await client.send('POST', path, `token ${adminToken}`, REQUEST))
      askedAt.set(id, asked)
    }
  }
  await Promise.all(clients.map(ask))
  for (const client of clients) client.close()
  const { claimed } = await done
  return claimed.map(({ id, at }) => at - (askedAt.get(id) ?? Number.NaN))
}

const REQUEST = {
  operation: 'update',
  sourceContext: { git: { repoUrl: 'https://git.example.com/contoso/core.git', branch: 'refs/heads/main' } },
}
