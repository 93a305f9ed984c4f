/**
 * Readers of logs in a process of their own, each on its own connection.
 *
 * Reads one {@link ReadOrder} as a line of JSON, reads each log to its end, and prints one {@link ReadReport}.
 */
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DeploymentLogs } from '@daypass/contract/deployments.ts'
import { connectTo } from '../connection.ts'
import { nowMilliseconds } from './fleet.ts'
import type { ReadOrder, ReadReport } from './followed-logs.ts'

async function read(
  { baseUrl, accessToken, pollMilliseconds }: ReadOrder,
  path: string,
): Promise<ReadReport> {
  const connection = connectTo(baseUrl)
  const behind: number[] = []
  let astray = 0
  let token: string | undefined = ''
  while (token !== undefined) {
    const answer: string = await connection.send(
      'GET',
      `${path}?continuationToken=${token}`,
      `token ${accessToken}`,
    )
    const at = nowMilliseconds()
    const { lines = [], nextToken }: DeploymentLogs = JSON.parse(answer)
    for (const { line } of lines) {
      const [number, writtenAt] = (line ?? '').split(' ')
      if (line === undefined) continue
      if (Number(number) !== behind.length) astray += 1
      behind.push(at - Number(writtenAt))
    }
    token = nextToken
    if (pollMilliseconds > 0 && token !== undefined) await sleep(pollMilliseconds)
  }
  connection.close()
  return { behind, astray }
}

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as ReadOrder
  console.log(JSON.stringify(await Promise.all(order.paths.map((path) => read(order, path)))))
}
