/**
 * Many runners in a process of their own, each on its own connection; their jobs end at once.
 *
 * Reads one {@link FleetOrder} as a line of JSON, and another when that one is done. Prints `ready` when all runners
 * ask for work, and one {@link FleetReport} when so many deployments are claimed.
 */
import { createInterface } from 'node:readline'
import { JOB_FINISH_PATH, JOB_START_PATH, RUNNER_CLAIM_PATH } from '@daypass/contract/job-paths.ts'
import type { Claim } from '@daypass/contract/job-protocol.ts'
import { type Connection, connectTo } from '../connection.ts'
import type { ClaimedAt, FleetOrder, FleetReport } from './fleet.ts'

const WAIT_SECONDS = 30

async function work({ baseUrl, poolToken, runners, claims }: FleetOrder): Promise<FleetReport> {
  const claimed: ClaimedAt[] = []
  const connections = Array.from({ length: runners }, () => connectTo(baseUrl))
  const enough = Promise.withResolvers<void>()
  const run = async (connection: Connection, number: number): Promise<void> => {
    while (claimed.length < claims) {
      const claim = await claimWith(connection, poolToken, number)
      if (!claim) continue
      claimed.push({ stack: claim.job.stack, id: claim.job.deploymentId, at: now() })
      const authorization = `Bearer ${claim.jobToken}`
      await connection.send('POST', JOB_START_PATH, authorization, {})
      await connection.send('POST', JOB_FINISH_PATH, authorization, { result: 'succeeded', failure: null })
      if (claimed.length >= claims) enough.resolve()
    }
  }
  const all = Promise.all(connections.map(run))
  // Whoever still waits when all is claimed is cut off below.
  all.catch((error) => (claimed.length < claims ? enough.reject(error) : undefined))
  console.log('ready')
  await enough.promise
  for (const connection of connections) connection.close()
  return { claimed }
}

async function claimWith(
  connection: Connection,
  poolToken: string,
  number: number,
): Promise<Claim | undefined> {
  const answer = await connection.send('POST', RUNNER_CLAIM_PATH, `Bearer ${poolToken}`, {
    runnerName: `bench-${number}`,
    runnerVersion: '0',
    launcher: 'none',
    waitSeconds: WAIT_SECONDS,
  })
  return answer === '' ? undefined : (JSON.parse(answer) as Claim)
}

/** The same clock in all processes of the machine. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await work(JSON.parse(line) as FleetOrder)))
}
