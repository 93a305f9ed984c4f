/** The queue under load: claims, triggers, a long history, and logs that are followed while they grow. */
import type { Bench, BenchOptions, Verdict } from '../bench.ts'
import { startBenchDatabase } from '../daypass/database.ts'
import { startInstallation } from '../daypass/installation.ts'
import { measureClaims } from './claims.ts'
import { startFleet } from './fleet.ts'
import { measureLogs } from './followed-logs.ts'
import { type HistorySize, measureHistory } from './history.ts'
import { startPeer } from './peer.ts'
import { measureTriggers } from './triggers.ts'

export interface QueueSize {
  readonly stacks: number
  readonly deploymentsOfEach: number
  readonly runners: number
  readonly drains: number
  readonly triggerSeconds: number
  readonly logSeconds: number
  readonly history: HistorySize
}

const FULL: QueueSize = {
  history: { few: 100, many: 100_000 },
  stacks: 1000,
  deploymentsOfEach: 10,
  runners: 200,
  drains: 3,
  triggerSeconds: 10,
  logSeconds: 6,
}

export const benchQueue: Bench = (options) => measureQueue(options, FULL)

export async function* measureQueue(options: BenchOptions, size: QueueSize): AsyncGenerator<Verdict> {
  const { environment, progress } = options
  const { runners, stacks } = size
  await using stack = new AsyncDisposableStack()
  const database = stack.adopt(await startBenchDatabase(), (started) => started.stop())
  const installation = stack.adopt(
    await startInstallation({ databaseUrl: database.url, environment, on: (command) => command }),
    (started) => started.stop(),
  )
  const fleet = stack.adopt(startFleet(), (started) => started.stop())
  const peer = stack.adopt(startPeer(database.url), (started) => started.stop())
  const rounds = Math.min(options.rounds, size.drains)
  const shared = { database, installation, fleet, peer, runners, rounds, progress }

  progress(`${stacks * size.deploymentsOfEach} queued deployments`)
  yield* measureClaims({ ...shared, backlog: size })
  progress('triggers on free stacks')
  yield* measureTriggers({ ...shared, stacks, seconds: size.triggerSeconds })
  progress('a long history')
  yield* measureHistory({ installation, db: database.db }, size.history, environment)
  progress('logs that are followed')
  yield* measureLogs({ ...shared, seconds: size.logSeconds })
}
