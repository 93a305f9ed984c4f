import { expect, onTestFinished, test } from 'vitest'
import { failure } from '../failure.ts'
import type { AwsCredentials } from './aws.ts'
import { type KeptSessionOptions, keepSession } from './kept-session.ts'

const SESSION_SECONDS = 900

function credentials(name: string): AwsCredentials {
  return {
    accessKeyId: name,
    secretAccessKey: `secret of ${name}`,
    sessionToken: `token of ${name}`,
    expiresAt: new Date(0),
    sessionSeconds: SESSION_SECONDS,
  }
}

/** A session on a clock that only the test moves; `answers` says whether the cloud grants the exchange of this number. */
function open(answers: (exchange: number) => boolean | Promise<boolean>) {
  let at = 0
  const sleepers: { readonly until: number; readonly wake: () => void }[] = []
  const exchanges: number[] = []
  const sleep: KeptSessionOptions<AwsCredentials>['sleep'] = (milliseconds) =>
    new Promise((resolve) => sleepers.push({ until: at + milliseconds, wake: resolve }))
  const session = keepSession({
    first: credentials('key-0'),
    firstFrom: 0,
    exchange: async () => {
      exchanges.push(at / 1000)
      const number = exchanges.length
      if (await answers(number)) return { ok: true, granted: credentials(`key-${number}`) }
      return { ok: false, failure: failure('aws_refused', 'The role does not trust this.') }
    },
    clock: () => at,
    sleep,
    over: new AbortController().signal,
  })
  onTestFinished(() => session.close())
  async function pass(seconds: number): Promise<void> {
    at += seconds * 1000
    for (const due of sleepers.filter(({ until }) => until <= at)) {
      sleepers.splice(sleepers.indexOf(due), 1)
      due.wake()
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  async function lent() {
    const answer = await session.current()
    return answer.ok
      ? { key: answer.granted.credentials.accessKeyId, secondsLeft: answer.granted.secondsLeft }
      : answer.failure.message
  }
  return { session, pass, lent, exchanges }
}

test('the same credentials until half their life is gone, then the next', async () => {
  const { pass, lent, exchanges } = open(() => true)
  expect(await lent()).toEqual({ key: 'key-0', secondsLeft: 900 })
  await pass(449)
  expect(await lent()).toEqual({ key: 'key-0', secondsLeft: 451 })
  await pass(1)
  expect(await lent()).toEqual({ key: 'key-1', secondsLeft: 900 })
  expect(exchanges).toEqual([450])
})

test('eight hours, and every third exchange fails: whoever asks has at once what is good for minutes', async () => {
  const { pass, lent, exchanges } = open((exchange) => exchange % 3 !== 0)
  let least = Number.POSITIVE_INFINITY
  for (let second = 0; second < 8 * 3600; second += 15) {
    await pass(15)
    const answer = await lent()
    if (typeof answer === 'string') throw new Error(answer)
    least = Math.min(least, answer.secondsLeft)
  }
  expect(least).toBeGreaterThan(300)
  expect(exchanges.length).toBeGreaterThan(64)
  expect(exchanges.length).toBeLessThan(110)
})

test('a cloud that refuses: the last credentials to their end, then its sentence, and no storm of exchanges', async () => {
  let refuses = true
  const { pass, lent, exchanges } = open(() => !refuses)
  await pass(450)
  expect(await lent()).toMatchObject({ key: 'key-0' })
  while (exchanges.length < 8) await pass(15)
  await pass(900)
  expect(await lent()).toBe('The role does not trust this.')
  const before = exchanges.length
  for (let asked = 0; asked < 50; asked += 1) expect(await lent()).toBe('The role does not trust this.')
  expect(exchanges).toHaveLength(before)
  refuses = false
  await pass(15)
  expect(await lent()).toMatchObject({ secondsLeft: 900 })
})

test('a machine that slept longer than the session: one exchange, for all who ask', async () => {
  const gate = Promise.withResolvers<boolean>()
  const { pass, lent, exchanges } = open(() => gate.promise)
  await pass(5000)
  const asked = Array.from({ length: 30 }, lent)
  gate.resolve(true)
  for (const answer of await Promise.all(asked)) expect(answer).toEqual({ key: 'key-1', secondsLeft: 900 })
  expect(exchanges).toHaveLength(1)
})

test('when it is closed, nothing is exchanged any more', async () => {
  const { session, pass, exchanges } = open(() => true)
  session.close()
  await pass(5000)
  expect(exchanges).toEqual([])
})
