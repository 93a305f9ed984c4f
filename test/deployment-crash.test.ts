// Processes that die in the middle: nothing is lost, nothing runs twice, nothing is left. Each with
// a system of its own; those that wait for a lease to run out do so at the same time.
import { setTimeout as sleep } from 'node:timers/promises'
import { type TestContext, test } from 'vitest'
import { processesWith } from './harness/processes.ts'
import { startServer } from './harness/server.ts'
import { type System, startRunner, startSystem } from './harness/system.ts'
import { accountTrusting, deploymentRequest, subject } from './harness/trusting-role.ts'

async function start({ onTestFinished }: TestContext): Promise<System> {
  const system = await startSystem({
    accounts: (issuerUrl) => [accountTrusting(issuerUrl, { subjects: [subject('dev', 'update')] })],
  })
  onTestFinished(() => system.stop())
  await system.addStack('dev')
  return system
}

function longRequest({ repoUrl, aws }: System, marker: string, seconds: number): object {
  const context = {
    preRunCommands: [
      `for i in $(seq ${seconds * 2}); do echo "line $i"; sleep 0.5; done; : ${marker}; echo -n x > caller.txt`,
    ],
  }
  return deploymentRequest({ repoUrl, awsUrl: aws.url }, { context })
}

test('the server is killed during a deployment and started again: the deployment goes on and no line is lost', async (context) => {
  const { expect } = context
  const system = await start(context)
  const { server, request, waitFor, ended } = system
  const id = await request('dev', longRequest(system, 'server-dies', 6))
  await waitFor(
    'dev',
    id,
    ({ jobs }) => jobs?.[0]?.steps.some(({ name }) => name === 'Pre-run command 1') ?? false,
  )
  await server.kill()
  // A job gives up after 10 seconds without a server, of which the start of one takes most on a busy machine.
  await sleep(500)
  const port = new URL(server.url).port
  const again = await startServer({
    postgres: system.database,
    dataFolder: server.dataFolder,
    flags: ['--port', port],
  })
  try {
    const after = await ended('dev', id)
    expect(after.status, after.log + system.runner.log()).toBe('succeeded')
    const lines = [...after.log.matchAll(/^line (\d+)$/gm)].map((match) => Number(match[1]))
    expect(lines).toEqual(Array.from({ length: 12 }, (_, index) => index + 1))
  } finally {
    await system.runner.stop()
    await again.stop()
  }
})

test.concurrent('the runner is killed: its deployment fails with a sentence, its job dies with it, the stack is free', async (context) => {
  const { expect } = context
  const system = await start(context)
  const { server, runner, request, waitFor, ended } = system
  const marker = `runner-dies-${Math.floor(Math.random() * 1e6)}`
  const id = await request('dev', longRequest(system, marker, 60))
  await waitFor(
    'dev',
    id,
    ({ jobs }) => jobs?.[0]?.steps.some(({ name }) => name === 'Pre-run command 1') ?? false,
  )
  // The step is told before its process begins.
  await expect.poll(() => processesWith(marker)).not.toEqual([])
  await runner.kill()
  await sleep(500)
  expect(processesWith(marker)).toEqual([])
  const after = await ended('dev', id)
  expect(after).toMatchObject({ status: 'failed', failure: { code: 'runner_lost' } })
  expect(after.log).toMatch(/runner/)
  const second = await startRunner(server.url, server.runnerToken, [
    '--allow-insecure-git',
    '--aws-sts-url',
    system.aws.url,
  ])
  try {
    const next = await system.deploy(
      'dev',
      deploymentRequest({ repoUrl: system.repoUrl, awsUrl: system.aws.url }),
    )
    expect(next.status, next.log).toBe('succeeded')
  } finally {
    await second.stop()
  }
})

test.concurrent('the runner sleeps through a cancel and its lease, and comes back: what ended stays ended, and its job dies', async (context) => {
  const { expect } = context
  const system = await start(context)
  const { server, runner, request, waitFor, ended } = system
  const marker = `runner-sleeps-${Math.floor(Math.random() * 1e6)}`
  const id = await request('dev', longRequest(system, marker, 120))
  await waitFor(
    'dev',
    id,
    ({ jobs }) => jobs?.[0]?.steps.some(({ name }) => name === 'Pre-run command 1') ?? false,
  )
  process.kill(runner.pid, 'SIGSTOP')
  try {
    const cancel = `/api/stacks/main/shop/dev/deployments/${id}/cancel`
    expect((await server.call('POST', cancel)).status).toBe(200)
    const before = await ended('dev', id)
    expect(before).toMatchObject({ status: 'failed', failure: { code: 'runner_lost' } })
    process.kill(runner.pid, 'SIGCONT')
    await expect.poll(() => processesWith(marker), { timeout: 20_000 }).toEqual([])
    const next = await system.deploy(
      'dev',
      deploymentRequest({ repoUrl: system.repoUrl, awsUrl: system.aws.url }),
    )
    expect(next.status, next.log).toBe('succeeded')
    expect(await ended('dev', id)).toEqual({ ...before, latestVersion: 2 })
  } finally {
    process.kill(runner.pid, 'SIGCONT')
  }
})
