/**
 * Ways in which the runner as a process refuses to start or says loudly what it does.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { gitSource, jobSpec, POOL_TOKEN, startFakePlane } from '../runner/harness/fake-plane.ts'
import { startGitHost } from './harness/runner/git-host.ts'
import { findPulumiFolder, REPOSITORY, startRunner } from './harness/runner/runner-process.ts'

const MAIN = join(REPOSITORY, 'runner/src/main.ts')

function runMain(args: readonly string[], input?: string): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout?.on('data', (chunk) => (said += String(chunk)))
  child.stderr?.on('data', (chunk) => (said += String(chunk)))
  const pipe = child.stdio[3] as NodeJS.WritableStream
  pipe.on('error', () => undefined)
  // Left open on purpose: whoever gives the token may hold on to its end.
  if (input !== undefined) pipe.write(input)
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, said })))
}

test('--help tells of every option', async () => {
  const { code, said } = await runMain(['--help'])
  expect(code).toBe(0)
  for (const option of [
    '--server',
    '--pool-token-file',
    '--launcher',
    '--allow-insecure-git',
    '--drain-seconds',
  ]) {
    expect(said).toContain(option)
  }
})

test('a wrong command line, a missing token and a missing CLI are each one sentence, without a stack trace', async () => {
  expect(await runMain([])).toMatchObject({ code: 2, said: expect.stringMatching(/--server/) })
  const far = await runMain(['--server', 'http://example.com', '--pool-token-fd', '3'])
  expect(far).toMatchObject({ code: 2, said: expect.stringMatching(/in the clear/) })
  const local = ['--server', 'http://127.0.0.1:1']
  const none = await runMain([...local, '--pool-token-file', '/no/such/file'])
  expect(none).toMatchObject({ code: 1, said: expect.stringMatching(/cannot be read/) })
  const bad = await runMain([...local, '--pool-token-fd', '3'], 'hello\n')
  expect(bad).toMatchObject({ code: 1, said: expect.stringMatching(/There is no pool token/) })
  const noCli = await runMain([...local, '--pool-token-fd', '3', '--pulumi', '/nowhere'], `${POOL_TOKEN}\n`)
  expect(noCli).toMatchObject({ code: 1, said: expect.stringMatching(/no Pulumi CLI at \/nowhere/) })
  for (const { said } of [far, none, bad, noCli]) expect(said).not.toMatch(/\n\s+at /)
})

test('--launcher plain says loudly that it isolates nothing, and still clears up after a job', async (context) => {
  const pulumi = findPulumiFolder()
  if (!pulumi) return context.skip('There is no Pulumi CLI')
  const plane = await startFakePlane()
  onTestFinished(() => plane.close())
  const git = await startGitHost()
  onTestFinished(() => git.close())
  git.create('app', { 'Pulumi.yaml': 'name: web\nruntime: yaml\n' })
  const work = mkdtempSync(join(tmpdir(), 'daypass-plain-'))
  onTestFinished(() => rmSync(work, { recursive: true }))
  writeFileSync(join(work, 'note'), '')
  const runner = await startRunner({
    server: plane.url,
    args: ['--launcher', 'plain', '--pulumi', pulumi, '--work-folder', work],
  })
  onTestFinished(() => void runner.stop('SIGKILL'))
  await runner.waitFor(/waits for deployments/)
  expect(runner.said()).toMatch(/WARNING: --launcher plain: jobs run WITHOUT ISOLATION/)
  const marker = `5${Math.floor(Math.random() * 1e6)}`
  plane.offer(
    jobSpec({
      source: gitSource(`${git.url}/app.git`),
      preRunCommands: [
        `(setsid sleep ${marker} >/dev/null 2>&1 &); echo "GREETING=hello" >> "$PULUMI_ENV_FILE"; pwd`,
        `echo "[$GREETING]"; ps ax | grep 'slee[p] ${marker}' || echo gone; exit 1`,
      ],
    }),
  )
  expect(await plane.finished()).toMatchObject({ failure: { code: 'pre_run_failed' } })
  expect(plane.text('Setup')).toMatch(/WITHOUT ISOLATION/)
  expect(plane.text('Pre-run command 2')).toMatch(/\[hello\]\ngone/)
  expect(await runner.stop()).toBe(0)
})
