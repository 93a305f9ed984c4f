/** A deployment that meets somebody's laptop holding its stack, with a real runner and the CLI watching it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PulumiUser, pulumiUser, type RunningPulumi } from './harness/pulumi.ts'
import { type System, startSystem } from './harness/system.ts'

const S = '/api/stacks/main/shop/dev'
const HELD = /admin has held this stack with "update" since \S+Z\. Waiting for it, for up to 10 seconds\./

let system: System
let watcher: PulumiUser

beforeAll(async () => {
  system = await startSystem({ server: { flags: ['--stack-wait-seconds', '10'] } })
  watcher = await pulumiUser({
    PULUMI_ACCESS_TOKEN: system.server.adminToken,
    PULUMI_BACKEND_URL: system.server.url,
    PULUMI_EXPERIMENTAL: 'true',
  })
  await system.addStack('dev')
})
afterAll(async () => {
  await watcher?.remove()
  await system?.stop()
})

/** @returns What frees the stack. */
async function holdOnLaptop(): Promise<() => Promise<void>> {
  const { call, url } = system.server
  const { updateID } = (await call('POST', `${S}/update`, {})).body
  const { token } = (await call('POST', `${S}/update/${updateID}`, {})).body
  return async () => {
    const answer = await fetch(`${url}${S}/update/${updateID}/complete`, {
      method: 'POST',
      headers: { authorization: `update-token ${token}`, 'content-type': 'application/json' },
      body: '{"status":"succeeded"}',
    })
    expect(answer.status).toBe(204)
  }
}

function upRemotely(): RunningPulumi {
  const git = [system.repoUrl, '--remote-git-branch', 'main']
  const preRun = ['--remote-pre-run-command', 'echo -n nobody > caller.txt']
  return watcher.start('up', '--remote', ...git, ...preRun, '--stack', 'main/shop/dev')
}

/** What the step has printed so far. */
async function stepLog(id: string, name: string): Promise<string> {
  const deployment = (await system.server.call('GET', `${S}/deployments/${id}`)).body
  const steps: readonly { name: string }[] = deployment.jobs[0].steps
  const step = steps.findIndex((one) => one.name === name)
  if (step === -1) return ''
  const page = await system.server.call(
    'GET',
    `${S}/deployments/${id}/logs?job=0&step=${step}&offset=0&count=100`,
  )
  return page.body.lines.map(({ line }: { line: string }) => line).join('')
}

test('it says so in its log, and goes on when the stack is free, also for the CLI that watches', async () => {
  const free = await holdOnLaptop()
  const watched = upRemotely()
  const latest = async () => (await system.server.call('GET', `${S}/deployments`)).body.deployments[0]
  await expect.poll(async () => (await latest())?.status, { timeout: 60_000 }).toBe('running')
  const { id } = await latest()
  await expect.poll(() => stepLog(id, 'pulumi update'), { timeout: 60_000 }).toMatch(HELD)
  await free()
  const { code, output } = await watched.outcome
  expect(code, output).toBe(0)
  expect(output).toContain('+ 2 created')
  expect((await system.ended('dev', id)).status).toBe('succeeded')
})

test('in vain it fails, and says who held the stack, also to the CLI that watches', async () => {
  const free = await holdOnLaptop()
  const { code, output } = await upRemotely().outcome
  await free()
  expect(code, output).not.toBe(0)
  expect(output).toMatch(HELD)
  expect(output).toContain(
    '[409] Conflict: Another update is currently in progress. admin has held this stack',
  )
  expect(output).toContain('Waited 10 seconds for it.')
})
