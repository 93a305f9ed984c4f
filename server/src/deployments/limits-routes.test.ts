import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'

const LIMITS = '/api/daypass/orgs/acme/deployment-limits'

let world: World
let serial = 0

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.query('delete from stacks')
  await world.db.query(
    'update organizations set concurrency_limit = default, deployment_timeout_seconds = default, running_deployments = 0',
  )
})

const get = (token = world.tokens.admin) => world.call('GET', LIMITS, { token })
const patch = (body: unknown, token = world.tokens.admin) => world.call('PATCH', LIMITS, { body, token })

async function request(): Promise<string> {
  serial += 1
  await world.addStack(`l${serial}`)
  const body = { operation: 'update', sourceContext: { git: GIT } }
  return (await world.call('POST', `/api/stacks/acme/web/l${serial}/deployments`, { body })).body.id
}

test('20 at the same time for 2 hours, unless an admin says otherwise; what is not said stays', async () => {
  expect((await get(world.tokens.member)).body).toEqual({ concurrency: 20, timeoutSeconds: 7200 })
  expect((await patch({ timeoutSeconds: 600, concurrency: null })).body).toEqual({
    concurrency: 20,
    timeoutSeconds: 600,
  })
  expect((await patch({ concurrency: 3 })).body).toEqual({ concurrency: 3, timeoutSeconds: 600 })
  expect((await get()).body).toEqual({ concurrency: 3, timeoutSeconds: 600 })
  const { body } = await world.call('GET', '/api/orgs/acme/deployments/metadata')
  expect(body.concurrency).toBe(3)
})

test('each change is in the audit, with what was before', async () => {
  const changes = async () => {
    const event = 'organization.deployment_limits_changed'
    return (await world.call('GET', `/api/orgs/acme/auditlogs?eventFilter=${event}`)).body.auditLogEvents
  }
  const before = await changes()
  await patch({ concurrency: 3 })
  await patch({ concurrency: 3 })
  const after = await changes()
  expect(after).toHaveLength(before.length + 1)
  expect(after[0].details).toMatchObject({
    before: { concurrency: 20 },
    after: { concurrency: 3, timeoutSeconds: 7200 },
  })
})

test('the timeout is that of the time when it was asked for', async () => {
  await request()
  await patch({ timeoutSeconds: 300 })
  await request()
  const timeouts = [(await world.claim())?.job.timeoutSeconds, (await world.claim())?.job.timeoutSeconds]
  expect(timeouts).toEqual([7200, 300])
})

test('a limit that is lowered ends nothing, and one that is raised wakes a runner at once', async () => {
  await patch({ concurrency: 1 })
  await request()
  const second = await request()
  const first = await world.claim()
  expect((await world.job('POST', '/api/daypass/job/start', first?.jobToken ?? '', {})).status).toBe(200)
  expect(await world.claim()).toBeUndefined()
  const claimed = world.claim({ waitSeconds: 8 })
  await patch({ concurrency: 2 })
  expect((await claimed)?.job.deploymentId).toBe(second)
  await patch({ concurrency: 1 })
  expect((await world.job('POST', '/api/daypass/job/beat', first?.jobToken ?? '', {})).status).toBe(200)
})

test('admins only, of this organization, and within reason', async () => {
  expect((await patch({ concurrency: 5 }, world.tokens.member)).status).toBe(403)
  expect((await patch({ concurrency: 5 }, world.tokens.stranger)).status).toBe(404)
  expect((await get(world.tokens.stranger)).status).toBe(404)
  for (const body of [
    { concurrency: 0 },
    { concurrency: 10_001 },
    { concurrency: 1.5 },
    { timeoutSeconds: 299 },
    { timeoutSeconds: 86_401 },
    { timeout: 600 },
    [],
  ]) {
    expect(await patch(body), JSON.stringify(body)).toMatchObject({ status: 400, body: { code: 400 } })
  }
  expect((await get()).body).toEqual({ concurrency: 20, timeoutSeconds: 7200 })
})
