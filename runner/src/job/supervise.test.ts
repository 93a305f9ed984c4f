import { setTimeout as sleep } from 'node:timers/promises'
import type { BeatAnswer, LeaseTimes } from '@daypass/contract/job-protocol.ts'
import { expect, onTestFinished, test } from 'vitest'
import type { Answer } from '../control-plane.ts'
import { type SupervisionOptions, supervise } from './supervise.ts'

const LEASE: LeaseTimes = { leaseSeconds: 2.5, beatSeconds: 0.1, giveUpSeconds: 0.6 }

function watch(beats: () => Answer<BeatAnswer>, changes: Partial<SupervisionOptions> = {}) {
  const begun = performance.now()
  const cancel = Promise.withResolvers<Answer<{ cancelRequested: boolean }>>()
  const supervision = supervise({
    plane: { beat: async () => beats(), cancellation: () => cancel.promise },
    lease: LEASE,
    leaseFrom: begun,
    timeoutSeconds: 60,
    cancelRequested: false,
    runnerStop: new AbortController().signal,
    pause: () => sleep(10),
    clock: () => performance.now(),
    report: () => undefined,
    graceSeconds: 0.2,
    ...changes,
  })
  onTestFinished(() => supervision.close())
  const when = (signal: AbortSignal): Promise<number> =>
    new Promise((resolve) => {
      const now = (): void => resolve((performance.now() - begun) / 1000)
      signal.aborted ? now() : signal.addEventListener('abort', now)
    })
  return { supervision, cancel, when }
}

const fine = (): Answer<BeatAnswer> => ({ kind: 'ok', value: { lease: LEASE, cancelRequested: false } })

test('while the server answers, nothing happens', async () => {
  const { supervision } = watch(fine)
  await sleep(1_200)
  expect(supervision.ending()).toBeUndefined()
  expect(supervision.interrupt.aborted || supervision.kill.aborted || supervision.leaseLost.aborted).toBe(
    false,
  )
})

test('a silent server: asked to stop when giving up, dead before the lease ends', async () => {
  const { supervision, when } = watch(() => ({ kind: 'away', reason: 'dead' }))
  const [asked, killed] = await Promise.all([when(supervision.interrupt), when(supervision.kill)])
  expect(asked).toBeGreaterThanOrEqual(LEASE.giveUpSeconds)
  expect(asked).toBeLessThan(LEASE.giveUpSeconds + 0.5)
  expect(killed).toBeGreaterThan(asked)
  expect(killed).toBeLessThan(LEASE.leaseSeconds)
  expect(supervision.ending()).toMatchObject({ code: 'lease_lost' })
})

test('a short silence is forgiven', async () => {
  let calls = 0
  const { supervision } = watch(() => {
    calls += 1
    return calls % 4 === 0 ? fine() : { kind: 'away', reason: 'hiccup' }
  })
  await sleep(1_500)
  expect(supervision.ending()).toBeUndefined()
})

test('a lease that was taken away ends the job at once', async () => {
  const { supervision, when } = watch(() => ({ kind: 'lost', sentence: 'The lease is over.' }))
  expect(await when(supervision.interrupt)).toBeLessThan(0.5)
  expect(supervision.leaseLost.aborted).toBe(true)
  expect(supervision.ending()).toMatchObject({ code: 'lease_lost' })
})

test('a cancel is heard from the long poll at once, and from a beat otherwise', async () => {
  const polled = watch(fine)
  polled.cancel.resolve({ kind: 'ok', value: { cancelRequested: true } })
  expect(await polled.when(polled.supervision.interrupt)).toBeLessThan(0.1)
  expect(await polled.when(polled.supervision.kill)).toBeGreaterThan(0.15)
  const beaten = watch(() => ({ kind: 'ok', value: { lease: LEASE, cancelRequested: true } }))
  expect(await beaten.when(beaten.supervision.interrupt)).toBeLessThan(0.5)
  expect(beaten.supervision.ending()).toMatchObject({ code: 'cancelled' })
})

test('the time limit and the end of the runner stop a job, each with its own code', async () => {
  const slow = watch(fine, { timeoutSeconds: 0.2 })
  await slow.when(slow.supervision.interrupt)
  expect(slow.supervision.ending()).toMatchObject({ code: 'timeout' })
  const stop = new AbortController()
  const stopped = watch(fine, { runnerStop: stop.signal })
  stop.abort()
  expect(stopped.supervision.ending()).toMatchObject({ code: 'runner_stopped' })
})

test('a lease lost while a cancelled job still saves shortens its grace', async () => {
  let lost = false
  const { supervision, cancel, when } = watch(() => (lost ? { kind: 'lost', sentence: 'Over.' } : fine()), {
    graceSeconds: 60,
  })
  cancel.resolve({ kind: 'ok', value: { cancelRequested: true } })
  await when(supervision.interrupt)
  lost = true
  expect(await when(supervision.kill)).toBeLessThan(4)
  expect(supervision.ending()).toMatchObject({ code: 'cancelled' })
})
