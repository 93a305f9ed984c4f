/**
 * Tokens a second through HTTP: our server with authorization and the audit record, beside what a user would run
 * instead (`oidc-provider`) and beside the bound that the processor sets (bare signing).
 *
 * Whoever is measured has one core for itself; PostgreSQL and the load have the other. The contenders take turns, so
 * that a slow minute of the machine hits all of them.
 */
import { fileURLToPath } from 'node:url'
import { JOB_ID_TOKEN_PATH } from '@daypass/contract/job-paths.ts'
import { type Bench, type BenchOptions, compareRates, median } from '../bench.ts'
import { type Child, startChild } from '../child.ts'
import { type Cores, divideCores } from '../cores.ts'
import { runnerApi, userApi } from '../daypass/api.ts'
import { startBenchDatabase } from '../daypass/database.ts'
import { freePort, ORGANIZATION, startInstallation } from '../daypass/installation.ts'
import { startJobs } from '../daypass/running-jobs.ts'
import { type Load, type LoadGenerator, startLoadGenerator } from '../load.ts'
import { checkRecords, checkTokens } from './honesty.ts'

const CONNECTIONS = 64
/** An organization may run 20 deployments at a time. */
const JOBS = 16
const BEYOND_OIDC_PROVIDER = 1.2
const OF_RAW_SIGNING = 0.6
/** The first tokens of a process are slow: its code is not compiled yet. */
const WARM_UP_SECONDS = 2

/** How many tokens a second it makes when it is asked for `seconds`. */
type Contender = (seconds: number) => Promise<number>

export const benchIssuer: Bench = async function* ({ rounds, seconds, environment, progress }) {
  await using stack = new AsyncDisposableStack()
  const cores = stack.adopt(await divideCores(), (divided) => divided.release())
  if (!cores.pinned) progress('no second core or no taskset: all processes share all cores')
  const database = stack.adopt(await startBenchDatabase(), (started) => started.stop())
  const load = stack.adopt(startLoadGenerator(cores), (started) => started.stop())

  progress('starting the server with running deployments, and its peers')
  const installation = stack.adopt(
    await startInstallation({ databaseUrl: database.url, environment, on: cores.onMeasuredCore }),
    (started) => started.stop(),
  )
  const { baseUrl, adminToken, poolToken } = installation
  const api = { user: userApi(baseUrl, ORGANIZATION, adminToken), runner: runnerApi(baseUrl, poolToken) }
  const jobs = stack.adopt(await startJobs(api, JOBS), (started) => started.stop())
  await checkTokens(baseUrl, jobs.jobTokens)

  const start = (...command: string[]) => stack.adopt(startPeer(cores, command), (peer) => peer.stop())
  const provider = start('oidc-provider-process.ts')
  const raw = start('raw-sign-process.ts')
  const silent = start(
    'without-audit-process.ts',
    database.url,
    installation.dataFolder,
    String(await freePort()),
  )
  const [providerUrl, silentUrl] = await Promise.all([provider.nextLine(), silent.nextLine(), raw.nextLine()])
  const contenders = {
    ours: tokenRate(load, baseUrl, ourRequests(jobs.jobTokens)),
    peer: tokenRate(load, providerUrl, providerRequests()),
    raw: signatureRate(raw),
    withoutAudit: tokenRate(load, silentUrl, ourRequests(jobs.jobTokens)),
  }

  const rates = await inTurn(contenders, { rounds, seconds, progress })
  await checkRecords(database.db, rates.ours, seconds)
  const ours = median(rates.ours)
  yield compareRates('issuer-oidc-provider', {
    ours,
    peer: median(rates.peer),
    atLeast: BEYOND_OIDC_PROVIDER,
  })
  yield compareRates('issuer-raw-sign', { ours, peer: median(rates.raw), atLeast: OF_RAW_SIGNING })
  yield compareRates('issuer-without-audit', { ours, peer: median(rates.withoutAudit) })
}

function tokenRate(load: LoadGenerator, url: string, requests: Load['requests']): Contender {
  return async (seconds) => (await load.apply({ url, connections: CONNECTIONS, seconds, requests })).perSecond
}

function signatureRate(child: Child): Contender {
  return async (seconds) => {
    child.process.stdin?.write(`${seconds}\n`)
    return Number(await child.nextLine())
  }
}

function ourRequests(jobTokens: readonly string[]): Load['requests'] {
  return jobTokens.map((jobToken) => ({
    method: 'POST',
    path: JOB_ID_TOKEN_PATH,
    headers: { authorization: `Bearer ${jobToken}`, 'content-type': 'application/json' },
    body: '{"purpose":"exchange"}',
  }))
}

function providerRequests(): Load['requests'] {
  const authorization = `Basic ${Buffer.from('bench:bench-secret').toString('base64')}`
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
  return [{ method: 'POST', path: '/token', headers, body: 'grant_type=client_credentials&scope=deploy' }]
}

/** @param command A file of this folder and its arguments. */
function startPeer(cores: Cores, [file = '', ...args]: readonly string[]): Child {
  const path = fileURLToPath(new URL(file, import.meta.url))
  return startChild(cores.onMeasuredCore([process.execPath, path, ...args]))
}

async function inTurn<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  { rounds, seconds, progress }: Pick<BenchOptions, 'rounds' | 'seconds' | 'progress'>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[]
  const rates = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  progress('warming up')
  for (const name of names) await contenders[name](WARM_UP_SECONDS)
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of names) rates[name].push(await contenders[name](seconds))
    const shown = names.map((name) => `${name} ${Math.round(rates[name].at(-1) ?? 0)}/s`)
    progress(`round ${round} of ${rounds}: ${shown.join(', ')}`)
  }
  return rates
}
