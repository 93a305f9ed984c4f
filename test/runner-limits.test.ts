/** Limits on what a job may take of the machine. */
import { expect, onTestFinished, test } from 'vitest'
import { startRunner } from './harness/runner/runner-process.ts'
import { describeRunners } from './harness/runner/suite.ts'

/** More than it may have, each alive until the end. */
const MANY = 'i=0; while [ $i -lt 200 ]; do sleep 1 & i=$((i + 1)); done 2>&1; echo all of them'

describeRunners((suite) => {
  test('a job has no more processes than it may, and the next one has as many', async () => {
    const isRoot = (await suite.commands(['id -u'])).trim() !== '65534'
    if (!isRoot) {
      const refused = await startRunner({
        server: suite.plane.url,
        user: 'nobody',
        args: [...suite.flags(), '--job-processes', '100'],
      })
      onTestFinished(() => void refused.stop('SIGKILL'))
      await refused.waitFor(/--job-processes needs a runner that is root/)
      return
    }
    expect(await suite.commands([MANY])).toBe('all of them\n')
    await suite.runner.stop()
    suite.runner = await suite.start('--job-processes', '100')
    for (const _job of [1, 2]) {
      // A shell that gives up, where another one would wait until some have ended.
      const { failure } = await suite.run({ shell: 'sh', preRunCommands: [MANY, 'exit 42'] })
      expect(failure?.code).toBe('pre_run_failed')
      expect(suite.plane.text('Pre-run command 1')).toMatch(/: .*fork/)
    }
  })
})
