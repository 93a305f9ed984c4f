/** How fast a backlog is worked off, and whether each stack gets its share of it, beside a queue for programs. */
import { median, type Verdict } from '../bench.ts'
import type { BenchDatabase } from '../daypass/database.ts'
import type { Installation } from '../daypass/installation.ts'
import { cpuSecondsOf, cpuSecondsOfFamily } from '../usage.ts'
import { type Backlog, queueUp } from './backlog.ts'
import type { ClaimedAt, Fleet } from './fleet.ts'
import type { Peer } from './peer.ts'

const LEAST_PER_SECOND = 500
/** Of what the stack that got most has, when half is done. */
const LEAST_SHARE = 0.6

export interface ClaimsInputs {
  readonly database: BenchDatabase
  readonly installation: Installation
  readonly fleet: Fleet
  readonly peer: Peer
  readonly backlog: Backlog
  readonly runners: number
  readonly rounds: number
  readonly progress: (text: string) => void
}

export async function* measureClaims(inputs: ClaimsInputs): AsyncGenerator<Verdict> {
  const { peer, backlog, runners, rounds, progress } = inputs
  const [ours, theirs]: [Drained[], Drained[]] = [[], []]
  for (let round = 1; round <= rounds; round += 1) {
    await queueUp(inputs.database.db, backlog)
    const our = await withCpu(inputs, inputs.installation.serverPid, () => drain(inputs))
    await peer.queueUp(backlog)
    const their = await withCpu(inputs, peer.pid, () => peer.drain(backlog, runners))
    ours.push(our)
    theirs.push(their)
    const text = ({ perSecond, programCpu, postgresCpu }: Drained) =>
      `${perSecond.toFixed(0)}/s (${programCpu.toFixed(2)} + ${postgresCpu.toFixed(2)} ms of CPU each)`
    progress(`round ${round}: ${text(our)}, graphile-worker ${text(their)}`)
  }
  const [our, their] = [ours, theirs].map((all) => median(all.map(({ perSecond }) => perSecond)))
  if (our === undefined || their === undefined) throw new RangeError('There are two contenders.')
  yield {
    name: 'queue-claims',
    ours: `${our.toFixed(0)}/s`,
    peer: `${their.toFixed(0)}/s by graphile-worker`,
    ratio: (our / their).toFixed(2),
    goal: `>= ${LEAST_PER_SECOND}/s`,
    reached: our >= LEAST_PER_SECOND,
  }
  const [cpu, theirCpu] = [ours, theirs].map((all) =>
    median(all.map(({ programCpu, postgresCpu }) => programCpu + postgresCpu)),
  )
  if (cpu === undefined || theirCpu === undefined) throw new RangeError('There are two contenders.')
  yield {
    name: 'queue-claims-cpu',
    ours: `${cpu.toFixed(2)} ms each`,
    peer: `${theirCpu.toFixed(2)} ms by graphile-worker`,
    ratio: (cpu / theirCpu).toFixed(2),
    goal: 'none',
    reached: true,
  }
  const [worst, theirWorst] = [ours, theirs].map(unfairest)
  if (worst === undefined || theirWorst === undefined) throw new RangeError('There are two contenders.')
  yield {
    name: 'queue-fairness',
    ours: `${worst.least} beside ${worst.most}`,
    peer: `${theirWorst.least} beside ${theirWorst.most} by graphile-worker`,
    ratio: (worst.least / worst.most).toFixed(2),
    goal: `>= ${LEAST_SHARE}`,
    reached: worst.least / worst.most >= LEAST_SHARE,
  }
}

/** With what it takes of the processor, a deployment: the program's own, and all of PostgreSQL's. */
async function withCpu(
  { database }: ClaimsInputs,
  pid: number,
  work: () => Promise<readonly Pick<ClaimedAt, 'stack' | 'at'>[]>,
): Promise<Drained> {
  const used = async () =>
    [(await cpuSecondsOf(pid)) * 1000, (await cpuSecondsOfFamily(database.postmasterPid)) * 1000] as const
  const [program, postgres] = await used()
  const claimed = await work()
  const [programAfter, postgresAfter] = await used()
  return {
    ...drained(claimed),
    programCpu: (programAfter - program) / claimed.length,
    postgresCpu: (postgresAfter - postgres) / claimed.length,
  }
}

async function drain({ installation, fleet, backlog, runners }: ClaimsInputs) {
  const { baseUrl, poolToken } = installation
  const claims = backlog.stacks * backlog.deploymentsOfEach
  const { done } = await fleet.send({ baseUrl, poolToken, runners, claims })
  const { claimed } = await done
  const ids = new Set(claimed.map(({ id }) => id))
  if (ids.size < claims) throw new Error(`${claims - ids.size} of ${claims} deployments were claimed twice.`)
  return claimed
}

interface Shares {
  readonly perSecond: number
  readonly least: number
  readonly most: number
}

interface Drained extends Shares {
  /** Milliseconds a deployment. */
  readonly programCpu: number
  readonly postgresCpu: number
}

export function drained(claimed: readonly Pick<ClaimedAt, 'stack' | 'at'>[]): Shares {
  const [first, last] = [claimed[0], claimed.at(-1)]
  if (first === undefined || last === undefined) throw new RangeError('Nothing was claimed.')
  const half = claimed.slice(0, Math.floor(claimed.length / 2))
  const all = new Map(claimed.map(({ stack }) => [stack, 0]))
  for (const { stack } of half) all.set(stack, (all.get(stack) ?? 0) + 1)
  return {
    perSecond: ((claimed.length - 1) * 1000) / (last.at - first.at),
    least: Math.min(...all.values()),
    most: Math.max(...all.values()),
  }
}

function unfairest(all: readonly Drained[]): Drained | undefined {
  return all.toSorted((one, other) => one.least / one.most - other.least / other.most)[0]
}
