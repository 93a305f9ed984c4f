/**
 * A deployment as a user meets it: how much longer it takes than a shell script, how soon a runner has it, and what
 * the installation costs while nothing happens.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Verdict } from '../bench.ts'
import { runnerApi, userApi } from '../daypass/api.ts'
import { startBenchDatabase } from '../daypass/database.ts'
import { type Installation, ORGANIZATION, startInstallation, startRunner } from '../daypass/installation.ts'
import { measureClaims } from './claim-latency.ts'
import { measureIdle } from './idle.ts'
import { measureOverhead } from './overhead.ts'
import { serveProgram } from './program.ts'

const FIRST_START_MILLISECONDS = 3000

export const benchDeployment: Bench = async function* (options): AsyncGenerator<Verdict> {
  const { environment, progress, pulumi } = options
  await using stack = new AsyncDisposableStack()
  const database = stack.adopt(await startBenchDatabase(), (started) => started.stop())
  const installation = stack.adopt(
    await startInstallation({ databaseUrl: database.url, environment, on: (command) => command }),
    (started) => started.stop(),
  )
  const user = userApi(installation.baseUrl, ORGANIZATION, installation.adminToken)

  if (pulumi === undefined) {
    progress('without a runner: DAYPASS_PULUMI names no pulumi binary; `npm run bench` provides one')
  } else {
    await using working = new AsyncDisposableStack()
    progress('watching an idle installation for half a minute')
    await startAndStopRunner(installation, environment)
    const runner = working.adopt(startRunner(installation, environment), (started) => started.stop())
    const pids = { serverPid: installation.serverPid, runnerPid: runner.process.pid ?? 0 }
    yield* await measureIdle({ db: database.db, ...pids })

    const program = working.adopt(await serveProgram(), (served) => served.stop())
    yield await measureOverhead({ installation, user, repoUrl: program.repoUrl, pulumi }, options)
  }

  progress('200 claims by an idle runner')
  yield* await measureClaims(user, runnerApi(installation.baseUrl, installation.poolToken))
}

/**
 * The first start after an update reads TypeScript, for which Node needs 20 MB that it never gives back; it leaves the
 * result in its compile cache (tools/setup.mjs) for all later ones. Those are what people run.
 */
async function startAndStopRunner(installation: Installation, environment: NodeJS.ProcessEnv): Promise<void> {
  const runner = startRunner(installation, environment)
  await sleep(FIRST_START_MILLISECONDS)
  await runner.stop()
}
