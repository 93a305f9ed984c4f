/** The commands of the CLI on a project of one size: our service and the CLI's own files, in turn. */
import { type BenchOptions, compareTimes, median, type Verdict } from '../bench.ts'
import { PROJECT } from '../daypass/api.ts'
import { ORGANIZATION } from '../daypass/installation.ts'
import { cpuSecondsOf, cpuSecondsOfFamily } from '../usage.ts'
import { COMMANDS, type Command, type Contender, startContender } from './contender.ts'
import type { CountingProxy } from './waiting.ts'

export interface Size {
  readonly resources: number
  /** Our time over the files': the files are written anew at each step. */
  readonly mostForChanges: number
}

/** What runs all the time, and what the CLI speaks to. */
export interface Service {
  readonly proxy: CountingProxy
  readonly adminToken: string
  readonly serverPid: number
  readonly postmasterPid: number
  readonly pulumi: string
}

const MOST_ROUNDS = 5
const MOST_FOR_READS = 1.15
const WAITING_FROM_RESOURCES = 100
const MOST_WAITING = 0.12
const CPU_AT_RESOURCES = 500
const MOST_CPU_SECONDS = 0.6
/**
 * The CLI gathers journal entries for 50 ms before it sends them, and its steps wait for that. This is what a user whose
 * server is near can set it to.
 */
const SHORT_PERIOD_MILLISECONDS = 5

interface Ups {
  readonly seconds: number[]
  readonly waitingSeconds: number[]
  readonly serverCpuSeconds: number[]
  readonly postgresCpuSeconds: number[]
}

type Times = Record<'ours' | 'hasty' | 'files', number[]>

export async function* measureSize(
  service: Service,
  { resources, mostForChanges }: Size,
  { environment, progress, rounds }: BenchOptions,
): AsyncGenerator<Verdict> {
  await using all = new AsyncDisposableStack()
  const start = async (backend: Parameters<typeof startContender>[1], variables = {}) =>
    all.adopt(await startContender(service.pulumi, backend, { resources, environment, variables }), (one) =>
      one.remove(),
    )
  const ours = (stack: string) => ({
    service: { url: service.proxy.url, accessToken: service.adminToken },
    stack: `${ORGANIZATION}/${PROJECT}/${stack}`,
  })
  const contenders: Record<keyof Times, Contender> = {
    ours: await start(ours(`of-${resources}`)),
    hasty: await start(ours(`hasty-of-${resources}`), {
      PULUMI_JOURNALING_BATCH_PERIOD: String(SHORT_PERIOD_MILLISECONDS),
    }),
    files: await start({ service: undefined, stack: `organization/${PROJECT}/of-${resources}` }),
  }
  const commands = Object.keys(COMMANDS) as Command[]
  const times = new Map<Command, Times>(
    commands.map((command) => [command, { ours: [], hasty: [], files: [] }]),
  )
  const ups: Ups = { seconds: [], waitingSeconds: [], serverCpuSeconds: [], postgresCpuSeconds: [] }
  for (let round = 1; round <= Math.min(rounds, MOST_ROUNDS); round += 1) {
    for (const [command, taken] of times) {
      const measureOurs = () => contenders.ours.measure(command)
      taken.ours.push((await (command === 'up' ? watched(service, ups, measureOurs) : measureOurs())) / 1000)
      taken.files.push((await contenders.files.measure(command)) / 1000)
      taken.hasty.push((await contenders.hasty.measure(command)) / 1000)
      const [our, their, hasty] = [taken.ours, taken.files, taken.hasty].map((list) =>
        list.at(-1)?.toFixed(2),
      )
      progress(`round ${round}, ${command} of ${resources}: ${our} s, files ${their} s, hasty ${hasty} s`)
    }
  }
  yield* verdicts(resources, times, mostForChanges)
  yield* verdictsOfUps(resources, ups)
}

/** Runs an `up` and notes what it cost beside its time. */
async function watched(service: Service, ups: Ups, up: () => Promise<number>): Promise<number> {
  const cpu = async () =>
    [await cpuSecondsOf(service.serverPid), await cpuSecondsOfFamily(service.postmasterPid)] as const
  service.proxy.take()
  const [server, postgres] = await cpu()
  const milliseconds = await up()
  const [serverAfter, postgresAfter] = await cpu()
  ups.seconds.push(milliseconds / 1000)
  ups.waitingSeconds.push(service.proxy.take().milliseconds / 1000)
  ups.serverCpuSeconds.push(serverAfter - server)
  ups.postgresCpuSeconds.push(postgresAfter - postgres)
  return milliseconds
}

function* verdicts(resources: number, times: ReadonlyMap<Command, Times>, mostForChanges: number) {
  for (const [command, { ours, files }] of times) {
    const atMost = isChange(command) ? mostForChanges : MOST_FOR_READS
    yield compareTimes(`state-${command}-${resources}`, {
      ours: median(ours),
      peer: median(files),
      unit: 's',
      atMost,
    })
  }
  for (const [command, { hasty, files }] of times) {
    if (!isChange(command)) continue
    yield compareTimes(`state-${command}-${resources}-with-batches-of-${SHORT_PERIOD_MILLISECONDS}-ms`, {
      ours: median(hasty),
      peer: median(files),
      unit: 's',
      atMost: mostForChanges,
    })
  }
}

function* verdictsOfUps(resources: number, ups: Ups): Generator<Verdict> {
  if (resources >= WAITING_FROM_RESOURCES) {
    const shares = ups.waitingSeconds.map((waiting, at) => waiting / (ups.seconds[at] ?? 0))
    const share = median(shares)
    yield {
      name: `state-waiting-up-${resources}`,
      ours: `${median(ups.waitingSeconds).toFixed(2)} s of waiting`,
      peer: `${median(ups.seconds).toFixed(2)} s`,
      ratio: share.toFixed(2),
      goal: `<= ${MOST_WAITING}`,
      reached: share <= MOST_WAITING,
    }
  }
  if (resources === CPU_AT_RESOURCES) {
    const [server, postgres] = [median(ups.serverCpuSeconds), median(ups.postgresCpuSeconds)]
    yield {
      name: `state-cpu-up-${resources}`,
      ours: `${server.toFixed(2)} s`,
      peer: `${postgres.toFixed(2)} s of PostgreSQL`,
      ratio: (server / postgres).toFixed(2),
      goal: `< ${MOST_CPU_SECONDS} s`,
      reached: server < MOST_CPU_SECONDS,
    }
  }
}

function isChange(command: Command): boolean {
  return command === 'up' || command === 'destroy'
}
