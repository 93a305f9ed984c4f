// Drift, its remediation, and a destroy that removes its stack: real server, runner, sandbox and pulumi. What drifts is
// an output of another stack, which the engine reads again in each refresh.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PulumiUser, pulumiUser } from './harness/pulumi.ts'
import { type Receiver, startReceiver } from './harness/receiver.ts'
import { type Ended, type System, startSystem } from './harness/system.ts'

const PROGRAM = join(import.meta.dirname, 'fixtures/reads-another-stack')
const BASE = (color: string) => `
name: base
runtime: yaml
outputs:
  color: ${color}
`

let system: System
let base: PulumiUser
let receiver: Receiver

beforeAll(async () => {
  receiver = await startReceiver()
  system = await startSystem({ program: PROGRAM, server: { flags: ['--allow-private-webhooks'] } })
  base = await pulumiUser({
    PULUMI_ACCESS_TOKEN: system.server.adminToken,
    PULUMI_BACKEND_URL: system.server.url,
  })
  await base.writeProgram(BASE('red'))
  await base.ok('stack', 'new', 'main/base/dev')
  await paint('red')
})
afterAll(async () => {
  await base?.remove()
  await system?.stop()
  await receiver.close()
})

async function paint(color: string): Promise<void> {
  await base.writeProgram(BASE(color))
  await base.ok('up', '--yes', '--skip-preview')
}

const get = async (path: string) => (await system.server.call('GET', `/api/stacks/main/shop/${path}`)).body

function deploy(stack: string, operation: string, options: object = {}): Promise<Ended> {
  return system.deploy(stack, {
    operation,
    inheritSettings: false,
    sourceContext: { git: { repoUrl: system.repoUrl, branch: 'main' } },
    operationContext: { options },
  })
}

test('drift is found, recorded, and remediated by the deployment that follows', async () => {
  await system.addStack('dev')
  expect((await deploy('dev', 'update')).status).toBe('succeeded')
  const clean = await deploy('dev', 'detect-drift')
  expect(clean.status, clean.log).toBe('succeeded')
  expect(clean.steps.at(-1)).toBe('Detect drift')
  expect(clean.log).toContain('No drift')
  expect(await get('dev/drift/status')).toEqual({
    driftDetected: false,
    latestDriftRun: clean.id,
    runInProgress: false,
  })

  const listener = { displayName: 'drift', payloadUrl: receiver.url, active: true }
  const filters = ['drift_detected', 'drift_detection_succeeded', 'drift_remediation_succeeded']
  const hook = await system.server.call('POST', '/api/stacks/main/shop/dev/hooks', { ...listener, filters })
  expect(hook.status).toBe(201)

  await paint('green')
  const found = await deploy('dev', 'detect-drift', { remediateIfDriftDetected: true })
  expect(found.status, found.log).toBe('succeeded')
  expect(found.log).toContain('Drift was found: 1 to update.')
  expect(await get('dev/export').then(JSON.stringify)).not.toContain('green')
  const { deployments } = await get('dev/deployments')
  expect(deployments[0]).toMatchObject({ pulumiOperation: 'remediate-drift', version: 4 })
  const remedy = await system.ended('dev', deployments[0].id)
  expect(remedy.status, remedy.log).toBe('succeeded')
  expect(remedy.steps.at(-1)).toBe('Remediate drift')
  expect((await get('dev/export')).deployment.resources[0].outputs).toEqual({ seen: 'green' })

  expect(await get(`dev/drift/runs/${found.id}`)).toMatchObject({
    driftDetected: true,
    status: 'succeeded',
    deploymentVersion: 3,
    detectUpdate: { status: 'succeeded', resourceChanges: { update: 1 } },
    remediateUpdate: { status: 'succeeded' },
    remediation: { deploymentVersion: 4, status: 'succeeded' },
    changedResources: [
      { urn: 'urn:pulumi:dev::shop::pulumi:pulumi:StackReference::base', operation: 'update' },
    ],
  })
  expect(await get('dev/drift/status')).toMatchObject({ driftDetected: false, latestDriftRun: found.id })

  await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(3)
  const told = receiver.received.map(({ headers, body }) => ({
    kind: headers['pulumi-webhook-kind'],
    ...JSON.parse(body.toString()),
  }))
  const detection = told.filter(({ kind }) => kind === 'drift_detection')
  expect(detection).toHaveLength(2)
  for (const one of detection) {
    expect(one).toMatchObject({ driftDetected: true, driftRunId: found.id, resourceChanges: { update: 1 } })
  }
  const [remediation] = told.filter(({ kind }) => kind === 'drift_remediation')
  expect(remediation).toMatchObject({
    status: 'succeeded',
    // Of the update that followed its refresh.
    resourceChanges: { same: 2 },
    referenceUrl: `${system.server.url}/main/shop/dev/deployments/4`,
  })
})

test('a refresh that somebody only previews is a drift run too', async () => {
  const user = await pulumiUser({
    PULUMI_ACCESS_TOKEN: system.server.adminToken,
    PULUMI_BACKEND_URL: system.server.url,
  })
  try {
    await user.writeProgram('name: shop\nruntime: yaml\n')
    await user.ok('stack', 'new', 'main/shop/laptop')
    const listener = { displayName: 'laptop', payloadUrl: `${receiver.url}/laptop`, active: true }
    const filters = ['drift_detection_succeeded', 'drift_detected']
    await system.server.call('POST', '/api/stacks/main/shop/laptop/hooks', { ...listener, filters })
    await user.ok('refresh', '--preview-only')
    await user.ok('refresh', '--yes')
  } finally {
    await user.remove()
  }
  const { driftRuns, total } = await get('laptop/drift/runs')
  expect(total).toBe(1)
  expect(driftRuns[0]).toMatchObject({ driftDetected: false, status: 'succeeded' })
  expect(driftRuns[0].id).toBe(driftRuns[0].detectUpdate.updateId)
  const told = () => receiver.received.filter(({ path }) => path === '/laptop')
  await expect.poll(told, { timeout: 20_000 }).toHaveLength(1)
  expect(JSON.parse(`${told()[0]?.body}`)).toMatchObject({
    driftDetected: false,
    driftRunId: driftRuns[0].id,
    status: 'succeeded',
    referenceUrl: `${system.server.url}/main/shop/laptop/previews/${driftRuns[0].id}`,
  })
})

test('a destroy that removes its stack can be followed to its end, and the name is retired', async () => {
  const listener = { displayName: 'stacks', payloadUrl: `${receiver.url}/stacks`, active: true }
  await system.server.call('POST', '/api/orgs/main/hooks', { ...listener, filters: ['stack_deleted'] })
  await system.addStack('gone')
  expect((await deploy('gone', 'update')).status).toBe('succeeded')
  const ended = await deploy('gone', 'destroy', { deleteAfterDestroy: true })
  expect(ended.status, ended.log).toBe('succeeded')
  expect(ended.steps.slice(-2)).toEqual(['pulumi destroy', 'Remove stack'])
  expect(ended.log).toContain('The stack main/shop/gone is removed')
  expect((await system.server.call('GET', '/api/stacks/main/shop/gone')).status).toBe(404)
  const [update] = await get(`gone/deployments/${ended.id}/updates`)
  expect((await get(`gone/update/${update.updateID}/events`)).events.length).toBeGreaterThan(0)
  const retired = await system.server.call('GET', '/api/daypass/orgs/main/retired-names')
  expect(JSON.stringify(retired.body)).toContain('"gone"')
  const deletions = () => receiver.received.filter(({ path }) => path === '/stacks')
  await expect.poll(deletions, { timeout: 20_000 }).toHaveLength(1)
  expect(JSON.parse(`${deletions()[0]?.body}`)).toMatchObject({
    action: 'deleted',
    projectName: 'shop',
    stackName: 'gone',
    user: { githubLogin: 'admin' },
  })

  await system.addStack('gone')
  expect((await get('gone/deployments')).total).toBe(0)
  expect((await get(`gone/deployments/${ended.id}`)).status).toBe('succeeded')
})

test('the CLI follows a detection and a destroy that removes its stack, each to its end', async () => {
  await system.addStack('followed')
  await system.server.call('PUT', '/api/stacks/main/shop/followed/deployments/settings', {
    sourceContext: { git: { repoUrl: system.repoUrl, branch: 'main' } },
    operationContext: { options: { deleteAfterDestroy: true } },
  })
  const follow = (operation: string) =>
    base.ok('deployment', 'run', operation, '--stack', 'main/shop/followed', '--suppress-stream-logs=false')
  await follow('update')
  expect((await follow('detect-drift')).output).toMatch(/Detect drift:[\s\S]*No drift/)
  expect((await follow('destroy')).output).toMatch(/2 deleted/)
  await expect.poll(async () => (await get('followed')).code).toBe(404)
})

test('a schedule fires by itself, and the runner runs what comes of it', async () => {
  await system.addStack('timed')
  await system.server.call('PUT', '/api/stacks/main/shop/timed/deployments/settings', {
    sourceContext: { git: { repoUrl: system.repoUrl, branch: 'main' } },
  })
  const scheduleOnce = new Date(Date.now() + 2000).toISOString()
  const made = await system.server.call('POST', '/api/stacks/main/shop/timed/deployments/schedules', {
    scheduleOnce,
    request: { operation: 'update' },
  })
  expect(made.status, JSON.stringify(made.body)).toBe(200)
  const schedule = () => get(`timed/deployments/schedules/${made.body.id}`)
  await expect.poll(async () => (await schedule()).lastRun?.deploymentVersion, { timeout: 30_000 }).toBe(1)
  const { lastRun } = await schedule()
  const ended = await system.ended('timed', lastRun.deploymentId)
  expect(ended.status, ended.log).toBe('succeeded')
  expect(await schedule()).toMatchObject({ nextExecution: '', lastRun: { result: 'succeeded' } })
})
