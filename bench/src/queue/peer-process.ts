/** The peer's process: reads a {@link PeerOrder} as a line of JSON, prints its answer as one, and so on. */
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Logger, makeWorkerUtils, type Runner, run, type WorkerUtils } from 'graphile-worker'
import type { Backlog } from './backlog.ts'
import { type ClaimedAt, nowMilliseconds } from './fleet.ts'
import type { PeerOrder } from './peer.ts'

interface Payload {
  readonly stack: string
  readonly at?: number
}

/** As many as our server has. */
const POOL_SIZE = 10
const [, , connectionString = ''] = process.argv
/** stdout is for answers, and one job of 10,000 is not news. */
const logger = new Logger(() => () => {})

type Begun = (payload: Payload) => void

async function startWorkers(runners: number, begun: Begun): Promise<Runner> {
  return run({
    connectionString,
    concurrency: runners,
    maxPoolSize: POOL_SIZE,
    noHandleSignals: true,
    logger,
    taskList: { deploy: async (payload) => begun(payload as Payload) },
  })
}

const ADD_JOBS = /* sql */ `
  select graphile_worker.add_job('deploy', json_build_object('stack', s), queue_name := 'queued-' || s)
    from (select n, s from generate_series(1, $2::integer) n, generate_series(1, $1::integer) s
           order by n, md5(s || '-' || n)) asked`

async function queueUp(utils: WorkerUtils, { stacks, deploymentsOfEach }: Backlog): Promise<void> {
  await utils.withPgClient(async (client) => {
    await client.query(ADD_JOBS, [stacks, deploymentsOfEach])
    await client.query('vacuum analyze')
  })
}

async function drain({ backlog, runners }: PeerOrder & { do: 'drain' }) {
  const { stacks, deploymentsOfEach } = backlog
  const claimed: Pick<ClaimedAt, 'stack' | 'at'>[] = []
  const enough = Promise.withResolvers<void>()
  const workers = await startWorkers(runners, ({ stack }) => {
    claimed.push({ stack, at: nowMilliseconds() })
    if (claimed.length === stacks * deploymentsOfEach) enough.resolve()
  })
  await enough.promise
  await workers.stop()
  return claimed
}

async function trigger(utils: WorkerUtils, order: PeerOrder & { do: 'trigger' }) {
  const times: number[] = []
  const enough = Promise.withResolvers<void>()
  const workers = await startWorkers(order.runners, ({ at = 0 }) => {
    times.push(nowMilliseconds() - at)
    if (times.length === order.count) enough.resolve()
  })
  const start = nowMilliseconds()
  for (let at = 0; at < order.count; at += 1) {
    await sleep(Math.max(0, start + (at * 1000) / order.perSecond - nowMilliseconds()))
    const payload: Payload = { stack: String(at % order.stacks), at: nowMilliseconds() }
    utils.addJob('deploy', payload, { queueName: `free-${payload.stack}` }).catch(enough.reject)
  }
  await enough.promise
  await workers.stop()
  return times
}

function obey(order: PeerOrder): Promise<unknown> {
  switch (order.do) {
    case 'queue-up':
      return queueUp(utils, order.backlog).then(() => null)
    case 'drain':
      return drain(order)
    case 'trigger':
      return trigger(utils, order)
  }
}

const utils = await makeWorkerUtils({ connectionString, logger })
await utils.migrate()
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as PeerOrder
  console.log(JSON.stringify(await obey(order)))
}
