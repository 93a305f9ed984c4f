import { randomUUID } from 'node:crypto'
import {
  AgentPoolDetail,
  CreateAgentPoolResponse,
  ListAgentPoolsResponse,
} from '@daypass/contract/agent-pools.ts'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import { setDefaultPool } from '../access/pool.ts'

let world: World
let serial = 0
const POOLS = '/api/orgs/acme/agent-pools'
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  serial += 1
  await world.addStack(`p${serial}`)
})

const stackPath = (): string => `/api/stacks/acme/web/p${serial}`
const poolName = (): string => `pool-${serial}`
const make = async (name = poolName(), more: object = {}): Promise<{ id: string; tokenValue: string }> => {
  const { status, body } = await world.call('POST', POOLS, {
    body: { name, description: 'for tests', ...more },
  })
  expect(status, JSON.stringify(body)).toBe(200)
  expect(Value.Errors(CreateAgentPoolResponse, body)).toEqual([])
  return body
}
const listed = async (id: string) => {
  const { body } = await world.call('GET', POOLS, { token: world.tokens.member })
  expect(Value.Errors(ListAgentPoolsResponse, body)).toEqual([])
  return body.agentPools.find((pool: { id: string }) => pool.id === id)
}
const detail = async (id: string) => {
  const { body } = await world.call('GET', `${POOLS}/${id}`)
  expect(Value.Errors(AgentPoolDetail, body)).toEqual([])
  return body
}
const request = async (more: object = {}): Promise<string> => {
  const body = { operation: 'update', sourceContext: { git: GIT }, ...more }
  const made = await world.call('POST', `${stackPath()}/deployments`, { body })
  expect(made.status, JSON.stringify(made.body)).toBe(202)
  return made.body.id
}
const poolOf = async (): Promise<string> =>
  (await world.call('GET', `${stackPath()}/deployments`)).body.deployments[0].agentPool.id
const claim = (token: string, more: object = {}) =>
  world.app.inject({
    method: 'POST',
    url: '/api/daypass/runner/claim',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    payload: JSON.stringify({
      runnerName: 'r1',
      runnerVersion: '1.2',
      launcher: 'plain',
      waitSeconds: 0,
      ...more,
    }),
  })
const isNow = (seconds: number): boolean => Math.abs(seconds - Date.now() / 1000) < 60

test('a pool is made, listed, read, changed and deleted', async () => {
  const { id, tokenValue } = await make()
  expect(tokenValue).toMatch(/^dpp-/)
  const one = await listed(id)
  expect(one).toEqual({
    id,
    name: poolName(),
    description: 'for tests',
    created: expect.any(Number),
    lastSeen: 0,
    status: 'offline',
    isDefault: false,
  })
  expect(isNow(one.created)).toBe(true)
  expect(await detail(id)).toEqual({
    id,
    name: poolName(),
    description: 'for tests',
    created: one.created,
    agents: [],
  })
  const patched = await world.call('PATCH', `${POOLS}/${id}`, {
    body: { name: `${poolName()}x`, description: null },
  })
  expect(patched).toMatchObject({ status: 200, body: { name: `${poolName()}x`, description: 'for tests' } })
  expect(await world.call('DELETE', `${POOLS}/${id}`)).toMatchObject({ status: 204, body: undefined })
  expect((await world.call('GET', `${POOLS}/${id}`)).status).toBe(404)
  expect(await listed(id)).toBeUndefined()
  expect((await claim(tokenValue)).statusCode).toBe(401)
  await make(`${poolName()}x`)
  const { rows } = await world.db.query(
    `select action, target from audit_log where details ->> 'id' = $1 order by seq`,
    [id],
  )
  expect(rows).toEqual([
    { action: 'pool.created', target: poolName() },
    { action: 'pool.changed', target: `${poolName()}x` },
    { action: 'pool.deleted', target: `${poolName()}x` },
  ])
})

test('a runner that asks for work is seen, with what it says of itself', async () => {
  const { id, tokenValue } = await make()
  expect((await claim(tokenValue)).statusCode).toBe(204)
  expect(await listed(id)).toMatchObject({ status: 'online', lastSeen: expect.toSatisfy(isNow) })
  const more = { runnerName: 'r2\n', hostname: 'build-7', platform: 'linux-x64', pid: 4711 }
  expect((await claim(tokenValue, more)).statusCode).toBe(204)
  const { agents } = await detail(id)
  expect(agents).toHaveLength(2)
  expect(agents[0]).toEqual({
    name: 'r2?',
    version: '1.2',
    hostname: 'build-7',
    platform: 'linux-x64',
    pid: '4711',
    ip: '127.0.0.1',
    lastSeen: expect.toSatisfy(isNow),
    status: 'online',
    busy: false,
  })
  expect(agents[1]).toMatchObject({ name: 'r1', hostname: '', platform: '', pid: '' })

  const ago = (interval: string) =>
    world.db.query(`update pool_runners set last_seen_at = now() - $2::interval where pool_id = $1`, [
      id,
      interval,
    ])
  await ago('5 minutes')
  expect(await listed(id)).toMatchObject({ status: 'offline' })
  expect((await detail(id)).agents).toMatchObject([{ status: 'offline' }, { status: 'offline' }])
  await ago('3 hours')
  expect((await detail(id)).agents).toEqual([])
  expect((await listed(id)).lastSeen).toBeGreaterThan(0)
})

test('a runner that is busy asks for nothing and is online all the same', async () => {
  const { id, tokenValue } = await make()
  await request({ agentPoolID: id })
  expect((await claim(tokenValue)).statusCode).toBe(200)
  await world.db.query(
    `update pool_runners set last_seen_at = now() - interval '3 hours' where pool_id = $1`,
    [id],
  )
  expect(await listed(id)).toMatchObject({
    status: 'online',
    lastSeen: expect.toSatisfy(isNow),
    lastDeployment: expect.toSatisfy(isNow),
  })
  expect((await detail(id)).agents).toMatchObject([{ name: 'r1', status: 'online', busy: true }])
})

test('deployments that name no pool go to the default of their organization', async () => {
  const { id } = await make()
  const setDefault = (poolId: string) =>
    world.db.transaction((tx) =>
      setDefaultPool(tx, {
        organizationId: world.organizationIds.acme,
        organization: 'acme',
        poolId,
        actor: 'user:admin',
      }),
    )
  await request()
  expect(await poolOf()).toBe(world.sharedPool.id)
  expect(await setDefault(id)).toBeUndefined()
  expect(await listed(id)).toMatchObject({ isDefault: true })
  expect((await world.call('GET', POOLS)).body.defaultAgentPoolID).toBe(id)
  await request()
  expect(await poolOf()).toBe(id)
  await request({ agentPoolID: 'default' })
  expect(await poolOf()).toBe(world.sharedPool.id)
  for (const unknown of [randomUUID(), 'nope', (await world.addPool(`o${serial}`, 'other')).id]) {
    expect(await setDefault(unknown)).toMatchObject({ status: 400, reason: 'unknown_pool' })
    await world.db.query('update pools set is_default = true where id = $1', [id])
  }
  expect((await world.call('DELETE', `${POOLS}/${id}`)).body.message).toContain('default of the organization')
  expect(await setDefault('')).toBeUndefined()
  expect((await world.call('GET', POOLS)).body).not.toHaveProperty('defaultAgentPoolID')
  await request()
  expect(await poolOf()).toBe(world.sharedPool.id)
})

test('what a pool is used by stands in the way of its end, and with force falls back', async () => {
  const { id, tokenValue } = await make()
  const settings = `${stackPath()}/deployments/settings`
  await world.call('PUT', settings, { body: { sourceContext: { git: GIT }, agentPoolID: poolName() } })
  const running = await request()
  expect((await claim(tokenValue)).statusCode).toBe(200)
  await world.db.query(`update deployments set status = 'running' where id = $1`, [running])
  const waits = await request()
  const refused = await world.call('DELETE', `${POOLS}/${id}`)
  expect(refused).toMatchObject({ status: 400, body: { code: 400, reason: 'pool_in_use' } })
  expect(refused.body.message).toContain(`acme/web/p${serial}`)
  const renamed = await world.call('PATCH', `${POOLS}/${id}`, { body: { name: 'other', description: '' } })
  expect(renamed).toMatchObject({ status: 409, body: { reason: 'pool_named_by_stacks' } })

  expect(
    (await world.call('DELETE', `${POOLS}/${id}?force=true`, { token: world.tokens.member })).status,
  ).toBe(403)
  expect((await world.call('DELETE', `${POOLS}/${id}?force=true`)).status).toBe(204)
  const saved = (await world.call('GET', settings)).body
  expect(saved).toMatchObject({ version: 2, sourceContext: { git: GIT } })
  expect(saved).not.toHaveProperty('agentPoolID')
  const { deployments } = (await world.call('GET', `${stackPath()}/deployments`)).body
  expect(deployments).toMatchObject([
    { id: waits, agentPool: { id: world.sharedPool.id } },
    { id: running, agentPool: { id, name: poolName() } },
  ])
  const { rows } = await world.db.query(
    `select details from audit_log where target = $1 and action = 'deployment_settings.changed' order by seq desc limit 1`,
    [`acme/web/p${serial}`],
  )
  expect(rows).toEqual([{ details: { version: 2, changed: { agentPoolID: 'removed' } } }])
  const named = { body: { operation: 'update', agentPoolID: id } }
  expect((await world.call('POST', `${stackPath()}/deployments`, named)).body.reason).toBe('unknown_pool')
})

test('names are taken once, and a pool belongs to one organization', async () => {
  const { id } = await make()
  const again = await world.call('POST', POOLS, { body: { name: poolName(), description: '' } })
  expect(again).toMatchObject({ status: 409, body: { reason: 'pool_exists' } })
  const second = await make(`${poolName()}b`)
  const taken = await world.call('PATCH', `${POOLS}/${second.id}`, {
    body: { name: poolName(), description: 'x' },
  })
  expect(taken).toMatchObject({ status: 409, body: { reason: 'pool_exists' } })
  for (const body of [{}, { name: '' }, { name: 'a b' }, { name: 7 }, { name: 'x', colour: 'red' }]) {
    expect((await world.call('POST', POOLS, { body })).status).toBe(400)
  }
  const { member, stranger } = world.tokens
  for (const [token, expected] of [
    [member, 403],
    [stranger, 404],
  ] as const) {
    const body = { name: 'x', description: '' }
    expect((await world.call('POST', POOLS, { body, token })).status).toBe(expected)
    for (const method of ['GET', 'DELETE'] as const) {
      expect((await world.call(method, `${POOLS}/${id}`, { token })).status).toBe(expected)
    }
  }
  expect((await world.call('GET', POOLS, { token: stranger })).status).toBe(404)
  const elsewhere = `/api/orgs/other/agent-pools/${id}`
  for (const method of ['GET', 'DELETE'] as const) {
    expect((await world.call(method, elsewhere, { token: stranger })).status).toBe(404)
    expect((await world.call(method, `${POOLS}/nope`)).status).toBe(404)
  }
  const foreign = await world.addPool(`f${serial}`, 'other')
  const named = { body: { tag: 'x', agentPoolID: foreign.id } }
  const refused = await world.call('PUT', `${stackPath()}/deployments/settings`, named)
  expect(refused.body.reason).toBe('unknown_pool')
})

test('a deletion and requests that name the pool at the same moment: nothing is queued where nobody claims', async () => {
  const { id } = await make()
  const settings = { body: { sourceContext: { git: GIT }, agentPoolID: id } }
  const stacks = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      await world.addStack(`p${serial}-${index}`)
      return `/api/stacks/acme/web/p${serial}-${index}/deployments`
    }),
  )
  const asked = stacks.map((path, index) =>
    index % 2 === 0
      ? world.call('PUT', `${path}/settings`, settings)
      : world.call('POST', path, { body: { operation: 'update', ...settings.body } }),
  )
  const deleted = world.call('DELETE', `${POOLS}/${id}?force=true`)
  const statuses = (await Promise.all([...asked, deleted])).map(({ status }) => status)
  expect(statuses.filter((status) => status >= 500)).toEqual([])
  const isGone =
    statuses.at(-1) === 204 || (await world.call('DELETE', `${POOLS}/${id}?force=true`)).status === 204
  expect(isGone).toBe(true)
  const { rows } = await world.db.query(
    `select d.id from deployments d where d.pool_id = $1
      union all select stack_id from deployment_settings where settings ->> 'agentPoolID' = $1::text`,
    [id],
  )
  expect(rows).toEqual([])
})
