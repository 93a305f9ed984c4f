/**
 * How jobs end, on every launcher and as every user: by themselves, by a cancel, by time, by a lost lease, and with their runner.
 */
import { readdirSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { jobSpec } from '../runner/harness/fake-plane.ts'
import { describeRunners, INIT_STACK, processesWith, until, withFileBackend } from './harness/runner/suite.ts'

describeRunners((suite) => {
  test('a deployment runs, step by step, and leaves nothing behind', async () => {
    const result = await suite.run({ ...withFileBackend, preRunCommands: [INIT_STACK] })
    expect(result, suite.plane.allText()).toEqual({ result: 'succeeded', failure: null })
    expect(suite.plane.steps.map(({ name, statuses }) => [name, ...statuses])).toEqual(
      ['Setup', 'Get source', 'Download dependencies', 'Pre-run command 1', 'pulumi update'].map((name) => [
        name,
        'running',
        'succeeded',
      ]),
    )
    expect(suite.plane.text('pulumi update')).toMatch(/answer: "hello"/)
    expect(suite.plane.protocolErrors).toEqual([])
    const jobFolders = () =>
      suite.runnerFolders().flatMap((folder) => readdirSync(folder).filter((name) => name.startsWith('job-')))
    await expect.poll(jobFolders).toEqual([])
  })

  test('cancel reaches the program within a second, as SIGINT, and it may save its work', async () => {
    suite.plane.offer(
      jobSpec({
        source: suite.source(),
        preRunCommands: [
          `trap 'echo saving; sleep 0.3; echo saved; exit 7' INT; echo ready; while :; do sleep 0.05; done`,
        ],
      }),
    )
    await until(() => suite.plane.text('Pre-run command 1').includes('ready\n'))
    const begun = performance.now()
    suite.plane.cancel()
    expect(await suite.plane.finished()).toMatchObject({ result: 'failed', failure: { code: 'cancelled' } })
    expect(performance.now() - begun).toBeLessThan(2_500)
    expect(suite.plane.text('Pre-run command 1')).toMatch(/saving\nsaved/)
  })

  test('the time limit ends a job that ignores SIGINT, by its namespace', async () => {
    const marker = `9${Math.floor(Math.random() * 1e6)}`
    const result = await suite.run({
      timeoutSeconds: 4,
      preRunCommands: [`trap '' INT TERM; sleep ${marker}; sleep ${marker}`],
    })
    expect(result.failure).toMatchObject({ code: 'timeout' })
    expect(suite.plane.text('Pre-run command 1')).toMatch(/did not stop in time/)
    expect(processesWith(`sleep\0${marker}`)).toEqual([])
  })

  test('a lease that is lost ends the job, and nothing is reported any more', async () => {
    const marker = `7${Math.floor(Math.random() * 1e6)}`
    suite.plane.lease = { leaseSeconds: 5, beatSeconds: 0.2, giveUpSeconds: 2 }
    onTestFinished(() => {
      suite.plane.mood = 'fine'
    })
    suite.plane.offer(
      jobSpec({ source: suite.source(), preRunCommands: [`echo ready; sleep ${marker}; sleep ${marker}`] }),
    )
    await until(() => suite.plane.text('Pre-run command 1').includes('ready\n'))
    suite.plane.mood = 'lost'
    await until(() => processesWith(`sleep\0${marker}`).length === 0, 6)
  })

  test('a runner that is killed takes its job with it, and the next one clears up', async () => {
    const marker = `6${Math.floor(Math.random() * 1e6)}`
    suite.plane.offer(
      jobSpec({ source: suite.source(), preRunCommands: [`echo ready; sleep ${marker}; sleep ${marker}`] }),
    )
    await until(() => suite.plane.text('Pre-run command 1').includes('ready\n'))
    const before = suite.runnerFolders()
    await suite.runner.stop('SIGKILL')
    await until(() => processesWith(`sleep\0${marker}`).length === 0, 2)
    expect(before).toHaveLength(1)
    suite.runner = await suite.start()
    expect(suite.runnerFolders()).toHaveLength(1)
    expect(suite.runnerFolders()).not.toEqual(before)
  })

  test('a runner that is told to stop asks its job to save, reports it, and goes', async () => {
    suite.plane.offer(
      jobSpec({
        source: suite.source(),
        preRunCommands: [`trap 'echo saved; exit 7' INT; echo ready; while :; do sleep 0.05; done`],
      }),
    )
    await until(() => suite.plane.text('Pre-run command 1').includes('ready\n'))
    const [code, result] = await Promise.all([suite.runner.stop(), suite.plane.finished()])
    expect(code).toBe(0)
    expect(result.failure).toMatchObject({ code: 'runner_stopped' })
    expect(suite.plane.text('Pre-run command 1')).toContain('saved')
    suite.runner = await suite.start()
  })
})
