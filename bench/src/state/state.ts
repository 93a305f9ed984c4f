/** The state service as the Pulumi CLI feels it, beside the CLI's own files, and what it costs the machine. */
import type { Bench, BenchOptions, Verdict } from '../bench.ts'
import { startBenchDatabase } from '../daypass/database.ts'
import { startInstallation } from '../daypass/installation.ts'
import { measureAppends } from './append.ts'
import { measureLists } from './lists.ts'
import { measureMemory } from './memory.ts'
import { measureSize, type Size } from './size.ts'
import { startCountingProxy } from './waiting.ts'

export const SIZES: readonly Size[] = [
  { resources: 1, mostForChanges: 1.5 },
  { resources: 100, mostForChanges: 1 },
  { resources: 500, mostForChanges: 0.4 },
  { resources: 1000, mostForChanges: 0.2 },
]

export const benchState: Bench = (options) => measureState(options, SIZES)

export async function* measureState(options: BenchOptions, sizes: readonly Size[]): AsyncGenerator<Verdict> {
  const { environment, progress, pulumi } = options
  await using stack = new AsyncDisposableStack()
  const database = stack.adopt(await startBenchDatabase(), (started) => started.stop())
  const proxy = stack.adopt(await startCountingProxy(), (started) => started.stop())
  const installation = stack.adopt(
    await startInstallation({
      databaseUrl: database.url,
      environment,
      on: (command) => command,
      baseUrl: proxy.url,
    }),
    (started) => started.stop(),
  )
  proxy.forwardTo(installation.port)
  // Only the CLI's own waiting is counted: everybody else goes past the proxy.
  const direct = { ...installation, baseUrl: `http://127.0.0.1:${installation.port}` }

  progress('appends to a journal')
  yield* measureAppends(direct, database)
  if (pulumi === undefined) {
    progress('no commands: DAYPASS_PULUMI names no pulumi binary; `npm run bench` provides one')
  } else {
    const { adminToken, serverPid } = installation
    const { postmasterPid } = database
    for (const size of sizes)
      yield* measureSize({ proxy, adminToken, serverPid, postmasterPid, pulumi }, size, options)
  }
  progress('a state of 100 MB')
  yield await measureMemory(direct)
  progress('lists of 10,000')
  yield* measureLists({ installation: direct, db: database.db }, environment)
}
