/**
 * What one durable append to a journal costs its client and the machine, and that neither grows with the length of the
 * journal nor with the size of the state.
 *
 * A fresh journal of a new stack, one that is long already and one over a large state take turns, so that a slow minute
 * of the machine hits all of them.
 */
import { compareTimes, holdBelow, median, type Verdict } from '../bench.ts'
import type { BenchDatabase } from '../daypass/database.ts'
import type { Installation } from '../daypass/installation.ts'
import { cpuSecondsOf, cpuSecondsOfFamily } from '../usage.ts'
import { openUpdate, type UpdateClient, wholeState } from './update-client.ts'

const WARM_UP = 200
const MEASURED = 200
const LONG_JOURNAL_REQUESTS = 3000
const LARGE_STATE_BYTES = 10 * 1024 * 1024
const ROUNDS = 5
/** Noise of the machine between two that are the same. */
const MOST_GROWTH = 1.3

interface Cost {
  readonly milliseconds: number[]
  /** Of the server and PostgreSQL, an append; one for each round, for the system counts in hundredths of a second. */
  readonly cpuMilliseconds: number[]
}

export async function* measureAppends(
  installation: Installation,
  { postmasterPid }: BenchDatabase,
): AsyncGenerator<Verdict> {
  await using stack = new AsyncDisposableStack()
  const open = async (name: string, state?: Buffer): Promise<UpdateClient> =>
    stack.adopt(await openUpdate(installation, name, { journalVersion: 1, ...(state && { state }) }), (one) =>
      one.close(),
    )
  const long = await open('append-long')
  await appendMany(long, WARM_UP, () => 2)
  const few = await appendMany(long, MEASURED, oneToFour)
  yield holdBelow('state-append-1-to-4', { value: median(few), limit: 2, unit: 'ms' })
  const many = await appendMany(long, MEASURED, () => 50)
  yield holdBelow('state-append-50', { value: median(many), limit: 4, unit: 'ms' })

  await appendMany(long, LONG_JOURNAL_REQUESTS, () => 2)
  const large = await open('append-large', wholeState('append-large', LARGE_STATE_BYTES))
  const costs = { fresh: noCost(), long: noCost(), large: noCost() }
  for (let round = 1; round <= ROUNDS; round += 1) {
    const fresh = await open(`append-fresh-${round}`)
    for (const [name, journal] of Object.entries({ fresh, long, large })) {
      const before = await cpu()
      const times = await appendMany(journal, MEASURED, oneToFour)
      const cost = costs[name as keyof typeof costs]
      cost.milliseconds.push(...times)
      cost.cpuMilliseconds.push(((await cpu()) - before) / MEASURED)
    }
  }
  yield* growth('state-append-long-journal', costs.long, costs.fresh, 'in a fresh one')
  yield* growth('state-append-large-state', costs.large, costs.fresh, 'without a state')

  async function cpu(): Promise<number> {
    return ((await cpuSecondsOf(installation.serverPid)) + (await cpuSecondsOfFamily(postmasterPid))) * 1000
  }
}

function* growth(name: string, ours: Cost, fresh: Cost, peerIs: string): Generator<Verdict> {
  const more = { unit: 'ms', atMost: MOST_GROWTH } as const
  yield compareTimes(name, {
    ours: median(ours.milliseconds),
    peer: median(fresh.milliseconds),
    peerIs,
    ...more,
  })
  const [cpu, freshCpu] = [median(ours.cpuMilliseconds), median(fresh.cpuMilliseconds)]
  yield compareTimes(`${name}-cpu`, { ours: cpu, peer: freshCpu, peerIs: `${peerIs}, of CPU`, ...more })
}

async function appendMany(
  journal: UpdateClient,
  count: number,
  entriesOf: (at: number) => number,
): Promise<number[]> {
  const times: number[] = []
  for (let at = 0; at < count; at += 1) times.push(await journal.append(entriesOf(at)))
  return times
}

function oneToFour(at: number): number {
  return 1 + (at % 4)
}

function noCost(): Cost {
  return { milliseconds: [], cpuMilliseconds: [] }
}
