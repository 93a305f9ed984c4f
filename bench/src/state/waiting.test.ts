import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startCountingProxy } from './waiting.ts'

const ANSWER_MILLISECONDS = 60

test('requests are counted one by one, and the time of those that run beside each other once', async () => {
  const server = createServer(async (incoming, answer) => {
    const sent = await text(incoming)
    answer.write('half of ')
    await sleep(ANSWER_MILLISECONDS)
    answer.end(sent)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startCountingProxy()
  proxy.forwardTo((server.address() as AddressInfo).port)
  const agent = new Agent({ keepAlive: true })
  const ask = async (body: string) => {
    const outgoing = request(proxy.url, { method: 'POST', agent })
    outgoing.end(body)
    const [answer] = await once(outgoing, 'response')
    return text(answer)
  }
  try {
    const begun = performance.now()
    expect(await Promise.all([ask('a'), ask('b'), ask('c')])).toEqual(['half of a', 'half of b', 'half of c'])
    await sleep(ANSWER_MILLISECONDS)
    expect(await ask('d')).toBe('half of d') // on a connection that had one before
    const passed = performance.now() - begun
    const { milliseconds, requests } = proxy.take()
    expect(requests).toBe(4)
    expect(milliseconds).toBeGreaterThan(2 * ANSWER_MILLISECONDS - 5)
    // Neither the pause between them nor the time of three at once counts more than once.
    expect(milliseconds).toBeLessThan(passed - ANSWER_MILLISECONDS + 5)
    expect(proxy.take()).toEqual({ milliseconds: 0, requests: 0 })
  } finally {
    agent.destroy()
    await proxy.stop()
    server.close()
  }
})
