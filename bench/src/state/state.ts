/** The state service as the Pulumi CLI feels it, beside the CLI's own files, and what an append to the journal costs. */
import { readFile } from 'node:fs/promises'
import { type Bench, type BenchOptions, holdBelow, median, type Verdict } from '../bench.ts'
import { PROJECT } from '../daypass/api.ts'
import { startBenchDatabase } from '../daypass/database.ts'
import { type Installation, ORGANIZATION, startInstallation } from '../daypass/installation.ts'
import { measureAppends } from './append.ts'
import { COMMANDS, type Command, startContender } from './contender.ts'

export interface Size {
  readonly resources: number
  /** Our time over the files': the files are written anew at each step. */
  readonly mostForChanges: number
  /** A large one takes a minute each time. */
  readonly mostRounds: number
}

export const SIZES: readonly Size[] = [
  { resources: 1, mostForChanges: 1.5, mostRounds: 5 },
  { resources: 100, mostForChanges: 1, mostRounds: 5 },
  { resources: 500, mostForChanges: 0.4, mostRounds: 3 },
  { resources: 1000, mostForChanges: 0.2, mostRounds: 3 },
]
const MOST_FOR_READS = 1.15
const CPU_AT_RESOURCES = 500
const MOST_CPU_SECONDS = 0.6
const TICKS_PER_SECOND = 100

export const benchState: Bench = (options) => measureState(options, SIZES)

export async function* measureState(options: BenchOptions, sizes: readonly Size[]): AsyncGenerator<Verdict> {
  const { environment, progress, pulumi } = options
  await using stack = new AsyncDisposableStack()
  const database = stack.adopt(await startBenchDatabase(), (started) => started.stop())
  const installation = stack.adopt(
    await startInstallation({ databaseUrl: database.url, environment, on: (command) => command }),
    (started) => started.stop(),
  )
  progress('appends to a journal')
  yield* measureAppends(installation)
  if (pulumi === undefined) {
    progress('nothing more: DAYPASS_PULUMI names no pulumi binary; `npm run bench` provides one')
    return
  }
  for (const size of sizes) yield* measureSize(installation, pulumi, size, options)
}

async function* measureSize(
  { baseUrl, adminToken, serverPid }: Installation,
  pulumi: string,
  { resources, mostForChanges, mostRounds }: Size,
  { environment, progress, rounds }: BenchOptions,
): AsyncGenerator<Verdict> {
  await using both = new AsyncDisposableStack()
  const start = async (backend: Parameters<typeof startContender>[1]) =>
    both.adopt(await startContender(pulumi, backend, { resources, environment }), (one) => one.remove())
  const service = { url: baseUrl, accessToken: adminToken }
  const ours = await start({ service, stack: `${ORGANIZATION}/${PROJECT}/of-${resources}` })
  const files = await start({ service: undefined, stack: `organization/${PROJECT}/of-${resources}` })

  const commands = Object.keys(COMMANDS) as Command[]
  const times = new Map(commands.map((command) => [command, { ours: [] as number[], files: [] as number[] }]))
  const cpuSeconds: number[] = []
  for (let round = 1; round <= Math.min(rounds, mostRounds); round += 1) {
    for (const [command, taken] of times) {
      const cpuBefore = await cpuSecondsOf(serverPid)
      taken.ours.push(await ours.measure(command))
      if (command === 'up') cpuSeconds.push((await cpuSecondsOf(serverPid)) - cpuBefore)
      taken.files.push(await files.measure(command))
      progress(
        `round ${round}, ${command} of ${resources}: ${taken.ours.at(-1)?.toFixed(0)} ms, files ${taken.files.at(-1)?.toFixed(0)} ms`,
      )
    }
  }
  for (const [command, taken] of times) {
    const most = command === 'up' || command === 'destroy' ? mostForChanges : MOST_FOR_READS
    yield compareTimes(`state-${command}-${resources}`, median(taken.ours), median(taken.files), most)
  }
  if (resources === CPU_AT_RESOURCES) {
    yield holdBelow(`state-cpu-up-${resources}`, {
      value: median(cpuSeconds),
      limit: MOST_CPU_SECONDS,
      unit: 's of the server',
    })
  }
}

function compareTimes(name: string, ours: number, peer: number, most: number): Verdict {
  const ratio = ours / peer
  return {
    name,
    ours: seconds(ours),
    peer: seconds(peer),
    ratio: ratio.toFixed(2),
    goal: most.toFixed(2),
    reached: ratio <= most,
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`
}

/** User and system time of a process, where the system tells it; 0 elsewhere. */
async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name before them may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND
}
