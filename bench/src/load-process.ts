/** The load, in a process of its own: reads one {@link Load} as a line of JSON, answers with a line, and so on. */
import { createInterface } from 'node:readline'
import autocannon from 'autocannon'
import type { Load, LoadAnswer } from './load.ts'

for await (const line of createInterface({ input: process.stdin })) {
  const { url, connections, seconds, requests } = JSON.parse(line) as Load
  let first = 0
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    requests,
    setupClient: (client) => {
      client.setRequests([...requests.slice(first), ...requests.slice(0, first)])
      first = (first + 1) % requests.length
    },
  })
  const answer: LoadAnswer = {
    perSecond: result['2xx'] / result.duration,
    failures: result.non2xx + result.errors + result.timeouts,
    p50Milliseconds: result.latency.p50,
    p99Milliseconds: result.latency.p99,
  }
  console.log(JSON.stringify(answer))
}
