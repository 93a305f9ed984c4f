// A whole deployment is told to a receiver, signed, while another receiver hangs.
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pulumiUser } from './harness/pulumi.ts'
import { type Receiver, startReceiver } from './harness/receiver.ts'
import { type System, startSystem } from './harness/system.ts'
import { deploymentRequest } from './harness/trusting-role.ts'

let system: System
let receiver: Receiver
let hanging: Receiver

beforeAll(async () => {
  receiver = await startReceiver()
  hanging = await startReceiver()
  hanging.answer = () => {}
  system = await startSystem({ server: { flags: ['--allow-private-webhooks'] } })
  await system.addStack('dev')
})
afterAll(async () => {
  await system?.stop()
  await receiver.close()
  await hanging.close()
})

test('a deployment is told from its request to its end, and so is its update', async () => {
  const hooks = '/api/stacks/main/shop/dev/hooks'
  const made = {
    displayName: 'ours',
    payloadUrl: `${receiver.url}/ours`,
    active: true,
    secret: 'correct horse',
  }
  expect((await system.server.call('POST', hooks, made)).status).toBe(201)
  const slow = { displayName: 'slow', payloadUrl: hanging.url, active: true }
  expect((await system.server.call('POST', '/api/orgs/main/hooks', slow)).status).toBe(201)

  const context = { preRunCommands: ['echo -n nobody > caller.txt'] }
  const request = { repoUrl: system.repoUrl, awsUrl: system.aws.url }
  const ended = await system.deploy('dev', deploymentRequest(request, { aws: null, context }))
  expect(ended.status, ended.log).toBe('succeeded')

  const told = () =>
    receiver.received.map(({ headers, body }) => {
      const { status, kind, result } = JSON.parse(body.toString())
      return [headers['pulumi-webhook-kind'], status ?? kind, ...(result === undefined ? [] : [result])].join(
        ' ',
      )
    })
  await expect
    .poll(() => told().sort(), { timeout: 20_000 })
    .toEqual([
      'deployment not-started',
      'deployment running',
      'deployment succeeded',
      'stack_update update succeeded',
    ])
  for (const { headers, body } of receiver.received) {
    const signature = createHmac('sha256', 'correct horse').update(body).digest('hex')
    expect(headers['pulumi-webhook-signature']).toBe(signature)
  }
  const last = receiver.received.find(
    ({ body }) => body.includes('"succeeded"') && body.includes('deploymentUrl'),
  )
  expect(JSON.parse(last?.body.toString() ?? '')).toEqual({
    user: { name: 'admin', githubLogin: 'admin', avatarUrl: '' },
    organization: { name: 'main', githubLogin: 'main', avatarUrl: '' },
    projectName: 'shop',
    stackName: 'dev',
    deploymentUrl: `${system.server.url}/main/shop/dev/deployments/1`,
    version: 1,
    operation: 'update',
    status: 'succeeded',
  })
  const { name } = (await system.server.call('GET', hooks)).body[0]
  const deliveries = (await system.server.call('GET', `${hooks}/${name}/deliveries`)).body
  expect(deliveries.map((one: { responseCode: number }) => one.responseCode)).toEqual([204, 204, 204, 204])
  expect(hanging.received.length).toBeGreaterThan(0)
  expect(system.server.log()).not.toMatch(/correct horse|\/ours/)
})

test('a webhook that the CLI makes updates another stack when this one was updated, and the runner runs it', async () => {
  for (const stack of ['up', 'down']) await system.addStack(stack)
  const context = { preRunCommands: ['echo -n nobody > caller.txt'] }
  const request = { repoUrl: system.repoUrl, awsUrl: system.aws.url }
  const {
    operation: _operation,
    inheritSettings: _inherit,
    ...settings
  } = deploymentRequest(request, {
    aws: null,
    context,
  }) as Record<string, unknown>
  const down = '/api/stacks/main/shop/down/deployments'
  expect((await system.server.call('PUT', `${down}/settings`, settings)).status).toBeLessThan(300)
  const user = await pulumiUser({
    PULUMI_ACCESS_TOKEN: system.server.adminToken,
    PULUMI_BACKEND_URL: system.server.url,
  })
  try {
    const hook = [
      'stack',
      'webhook',
      'new',
      '--stack',
      'main/shop/up',
      '--name',
      'next',
      '--url',
      'shop/down',
    ]
    await user.ok(...hook, '--hook-format', 'pulumi_deployments', '--event', 'update_succeeded')
  } finally {
    await user.remove()
  }
  const first = await system.deploy('up', deploymentRequest(request, { aws: null, context }))
  expect(first.status, first.log).toBe('succeeded')
  const listed = async () => (await system.server.call('GET', down)).body.deployments
  await expect.poll(listed, { timeout: 20_000 }).toHaveLength(1)
  const [{ id, initiator }] = await listed()
  expect(initiator).toBe('webhook')
  const second = await system.ended('down', id)
  expect(second.status, second.log).toBe('succeeded')
})
