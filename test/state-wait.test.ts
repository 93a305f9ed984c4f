/** A deployment whose stack somebody else holds: it waits, says for whom, and goes on or fails in time. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../server/src/http/free-port.ts'
import { type HoldingProxy, holdingProxy } from './harness/hold.ts'
import { pulumiUser } from './harness/pulumi.ts'
import { type StateClient, startStateClient } from './harness/state-client.ts'

const WAIT_SECONDS = 6
const PROGRAM =
  'name: p\nruntime: yaml\nresources:\n  one: { type: "pulumi:index:Stash", properties: { input: a } }\n'

let proxy: HoldingProxy
/** Without the proxy, which keeps its own connection when ours is closed. */
let direct: string
let client: StateClient
let S: string
/** `main/p/s<n>` */
let stack: string
let job: { id: string; token: string }

beforeAll(async () => {
  proxy = await holdingProxy()
  const port = await freePort('127.0.0.1')
  const flags = ['--port', `${port}`, '--base-url', proxy.url, '--stack-wait-seconds', `${WAIT_SECONDS}`]
  client = await startStateClient({ flags })
  direct = `http://127.0.0.1:${port}`
  proxy.forwardTo(direct)
})
afterAll(async () => {
  await proxy.close()
  expect(await client.server.stop()).toBe(0)
})
beforeEach(async () => {
  S = await client.makeStack()
  stack = S.replace('/api/stacks/', '')
  job = await client.makeDeployment(S, 'update')
})

/** What a runner starts. */
async function up() {
  const runner = await pulumiUser({ PULUMI_ACCESS_TOKEN: job.token, PULUMI_BACKEND_URL: proxy.url })
  await runner.writeProgram(PROGRAM)
  const { outcome } = runner.start('up', '--yes', '--skip-preview', '--stack', stack)
  return { outcome: outcome.finally(() => runner.remove()) }
}

async function createdUpdate(): Promise<{ id: string; warning: string | null }> {
  const created = await client.call('POST', `${S}/update`, {}, job.token)
  return { id: created.body.updateID, warning: created.headers.get('x-pulumi-warning') }
}

async function isWaiting(id: string): Promise<boolean | undefined> {
  const text = 'select waiting_since is not null as waiting from updates where id = $1'
  return (await client.db.query<{ waiting: boolean }>(text, [id])).rows[0]?.waiting
}

test('the CLI of a deployment says who holds the stack, follows us through the wait, and goes on', async () => {
  const laptop = await client.openUpdate(S)
  proxy.seen.length = 0
  const { outcome } = await up()
  await expect
    .poll(() => proxy.seen.filter((call) => call.includes('redirects=')).length, { timeout: 15_000 })
    .toBe(3)
  await client.leased('POST', `${laptop.U}/complete`, laptop.lease, '{"status":"succeeded"}')
  const { code, output } = await outcome
  expect(code, output).toBe(0)
  expect(output).toMatch(
    /warning: admin has held this stack with "update" since \S+Z\. Waiting for it, for up to 6 seconds\./,
  )
  expect((await client.call('GET', S)).body.version).toBe(2)
})

test('a wait in vain ends with who held it, and how long it was', async () => {
  await client.openUpdate(S)
  const { code, output } = await (await up()).outcome
  expect(code).not.toBe(0)
  expect(output).toContain(
    '[409] Conflict: Another update is currently in progress. admin has held this stack',
  )
  expect(output).toContain('Waited 6 seconds for it.')
  expect((await client.call('GET', S)).body.version).toBe(1)
})

test('an update that waits has not begun, and one whose client left never does', async () => {
  const laptop = await client.openUpdate(S)
  const { id, warning } = await createdUpdate()
  expect(warning).toContain('admin has held this stack')
  const gone = new AbortController()
  const start = fetch(`${direct}${S}/update/${id}`, {
    method: 'POST',
    headers: { authorization: `token ${job.token}` },
    signal: gone.signal,
  }).catch(() => undefined)
  await expect.poll(() => isWaiting(id)).toBe(true)
  // Whoever watches the deployment stays at its log: there are no events that would not come.
  expect((await client.call('GET', `${S}/deployments/${job.id}/updates`)).body).toEqual([])
  gone.abort()
  await start
  await expect.poll(() => isWaiting(id)).toBe(false)
  await client.leased('POST', `${laptop.U}/complete`, laptop.lease, '{"status":"succeeded"}')
  expect((await client.call('GET', `${S}/update/${id}`)).body.status).toBe('not started')
  expect((await client.call('GET', `${S}/updates`)).body.updates).toHaveLength(1)
})

test('nobody waits for what is free, nor a person, nor a preview', async () => {
  const { id, warning } = await createdUpdate()
  expect(warning).toBeNull()
  expect((await client.call('POST', `${S}/update/${id}`, {}, job.token)).status).toBe(200)
  const began = performance.now()
  const person = await client.call('POST', `${S}/update`, {})
  expect(person.headers.get('x-pulumi-warning')).toBeNull()
  const refused = await client.call('POST', `${S}/update/${person.body.updateID}`, {})
  expect(refused).toMatchObject({ status: 409, body: { reason: 'update_in_progress' } })
  expect(refused.body.message).not.toContain('Waited')
  await client.openUpdate(S, 'preview', {}, job.token)
  expect(performance.now() - began).toBeLessThan(1_000)
})

test('a deployment that ends while it waits starts nothing', async () => {
  const laptop = await client.openUpdate(S)
  const { id } = await createdUpdate()
  const start = client.call('POST', `${S}/update/${id}`, {}, job.token)
  await expect.poll(() => isWaiting(id)).toBe(true)
  await client.endDeployment(job.id)
  await client.leased('POST', `${laptop.U}/complete`, laptop.lease, '{"status":"succeeded"}')
  expect((await start).status).toBeGreaterThanOrEqual(401)
  expect((await client.call('GET', S)).body.currentOperation).toBeUndefined()
})
