/**
 * Jobs that print, in a process of their own: each sends its lines with the runner's own log, over HTTP.
 *
 * Reads one {@link WriteOrder} as a line of JSON, writes for so long, and prints how many lines each job has written.
 */
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JobToken, PoolToken } from '@daypass/contract/tokens.ts'
import { connect, oneToken } from '../../../runner/src/control-plane.ts'
import { openJobLog } from '../../../runner/src/job/log.ts'
import { createRedactor } from '../../../runner/src/job/redact.ts'
import { backoff } from '../../../runner/src/pause.ts'
import { nowMilliseconds } from './fleet.ts'
import { LINE_TEXT, type WriteOrder } from './followed-logs.ts'

const TICK_MILLISECONDS = 10
const BEAT_MILLISECONDS = 4000
/** Nothing is claimed here. */
const NO_POOL = oneToken('' as PoolToken)

async function write({ baseUrl, linesPerSecond, seconds }: WriteOrder, jobToken: string): Promise<number> {
  const never = new AbortController().signal
  const plane = connect(new URL(baseUrl), NO_POOL, fetch).forJob(jobToken as JobToken)
  const beats = setInterval(() => void plane.beat(never), BEAT_MILLISECONDS)
  const log = openJobLog({
    plane,
    redactor: createRedactor(),
    now: () => new Date(),
    pause: backoff(1000, Math.random),
    report: (sentence) => console.error(sentence),
    over: never,
  })
  const step = log.beginStep('Setup')
  let written = 0
  async function* printed(): AsyncGenerator<Buffer> {
    const start = nowMilliseconds()
    for (let passed = 0; passed < seconds * 1000; passed = nowMilliseconds() - start) {
      const due = Math.floor((passed * linesPerSecond) / 1000)
      const lines: string[] = []
      for (; written < due; written += 1) lines.push(`${written} ${nowMilliseconds()} ${LINE_TEXT}\n`)
      if (lines.length > 0) yield Buffer.from(lines.join(''))
      await sleep(TICK_MILLISECONDS)
    }
  }
  await step.output(printed())
  step.end('succeeded')
  await log.flush()
  clearInterval(beats)
  return written
}

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as WriteOrder
  console.log(JSON.stringify(await Promise.all(order.jobTokens.map((token) => write(order, token)))))
}
