import { setTimeout as sleep } from 'node:timers/promises'
import type { LogAppend, StepReport } from '@daypass/contract/job-protocol.ts'
import { expect, test } from 'vitest'
import type { Answer } from '../control-plane.ts'
import { openJobLog } from './log.ts'
import { createRedactor } from './redact.ts'

type Told = { kind: 'step'; report: StepReport } | { kind: 'log'; append: LogAppend }

function recorder(answers: () => Promise<Answer<never>> | undefined = () => undefined) {
  const told: Told[] = []
  const over = new AbortController()
  const log = openJobLog({
    plane: {
      step: async (report) => {
        told.push({ kind: 'step', report })
        return (await answers()) ?? { kind: 'ok', value: undefined }
      },
      log: async (append) => {
        const answer = await answers()
        if (answer) return answer
        told.push({ kind: 'log', append })
        return { kind: 'ok', value: { nextOffset: append.offset + append.lines.length } }
      },
    },
    redactor: createRedactor(),
    now: () => new Date('2030-01-01T00:00:00Z'),
    pause: () => sleep(1),
    report: () => undefined,
    over: over.signal,
  })
  return { told, log, over }
}

const lineCount = (told: readonly Told[]): number =>
  told.reduce((sum, one) => sum + (one.kind === 'log' ? one.append.lines.length : 0), 0)

test('steps and lines arrive in order, with offsets that count the lines of each step', async () => {
  const { told, log } = recorder()
  const first = log.beginStep('Setup')
  first.say('one')
  first.say('two')
  first.end('succeeded')
  const second = log.beginStep('Get source')
  second.say('three')
  second.end('failed')
  await log.flush()
  expect(
    told.map((one) => (one.kind === 'step' ? `${one.report.step} ${one.report.status}` : one.append)),
  ).toEqual([
    '0 running',
    { step: 0, offset: 0, lines: lines('one\n', 'two\n') },
    '0 succeeded',
    '1 running',
    { step: 1, offset: 0, lines: lines('three\n') },
    '1 failed',
  ])
})

function lines(...texts: string[]): object[] {
  return texts.map((line) => ({ timestamp: '2030-01-01T00:00:00.000Z', line }))
}

test('a server that is away is asked again with the same offset, and nothing is lost or doubled', async () => {
  let calls = 0
  const { told, log } = recorder(() => {
    calls += 1
    return calls % 3 === 0 ? undefined : Promise.resolve({ kind: 'away', reason: 'tea' })
  })
  const step = log.beginStep('pulumi update')
  for (let index = 0; index < 2_500; index += 1) step.say(`line ${index}`)
  await log.flush()
  const appended = told.flatMap((one) => (one.kind === 'log' ? one.append.lines.map(({ line }) => line) : []))
  expect(appended).toEqual(Array.from({ length: 2_500 }, (_, index) => `line ${index}\n`))
})

test('a job that prints faster than the server listens is made to wait, and memory stays bounded', async () => {
  const { told, log } = recorder(async () => {
    await sleep(5)
    return undefined as never
  })
  let produced = 0
  async function* flood(): AsyncGenerator<Buffer> {
    for (; produced < 100_000; produced += 1_000) yield Buffer.from('a line of a flood\n'.repeat(1_000))
  }
  const step = log.beginStep('pulumi update')
  let farthest = 0
  const watch = setInterval(() => {
    farthest = Math.max(farthest, produced - lineCount(told))
  }, 1)
  await step.output(flood())
  clearInterval(watch)
  await log.flush()
  expect(lineCount(told)).toBe(100_000)
  expect(farthest).toBeLessThan(12_000)
  expect(told.every((one) => one.kind === 'step' || one.append.lines.length <= 1_000)).toBe(true)
})

test('a lost lease ends the log at once, also for a job that waits', async () => {
  const { told, log, over } = recorder(
    () => new Promise((resolve) => setTimeout(() => resolve({ kind: 'away', reason: 'dead' }), 1)),
  )
  const step = log.beginStep('pulumi update')
  const waiting = step.output(
    (async function* () {
      for (let index = 0; index < 20; index += 1) yield Buffer.from('x\n'.repeat(1_000))
    })(),
  )
  setTimeout(() => over.abort(), 30)
  await waiting
  await log.flush()
  expect(lineCount(told)).toBe(0)
})

test('lines that come at the very moment the queue runs empty are not forgotten', async () => {
  const { told, log } = recorder()
  const step = log.beginStep('pulumi update')
  for (let index = 0; index < 40; index += 1) {
    await step.output(
      (async function* () {
        for (let batch = 0; batch < 8; batch += 1) yield Buffer.from('x\n'.repeat(900))
      })(),
    )
    await Promise.race([log.flush(), sleep(2_000).then(() => expect.fail('The log stands still.'))])
  }
  expect(lineCount(told)).toBe(40 * 8 * 900)
})
