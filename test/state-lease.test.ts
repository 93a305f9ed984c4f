/** The lease of an update, and the token of a job: what they write, and until when. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type StateClient, sha256, startStateClient } from './harness/state-client.ts'

let client: StateClient
/** `/api/stacks/main/p/s<n>`, new for each test. */
let S: string

beforeAll(async () => {
  client = await startStateClient()
})
afterAll(async () => {
  expect(await client.server.stop()).toBe(0)
})
beforeEach(async () => {
  S = await client.makeStack()
})

describe('the lease of an update', () => {
  const checkpoint = '{"version":3,"deployment":{"resources":[]}}'

  test('complete may come twice, with the same result', async () => {
    const { lease, U } = await client.openUpdate(S)
    expect((await client.leased('POST', `${U}/complete`, lease, '{"status":"failed"}')).status).toBe(204)
    expect((await client.leased('POST', `${U}/complete`, lease, '{"status":"failed"}')).status).toBe(204)
    expect((await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')).status).toBe(409)
    expect((await client.leased('PATCH', `${U}/checkpoint`, lease, checkpoint)).status).toBe(409)
    expect((await client.leased('POST', `${U}/events/batch`, lease, '{"events":[]}')).status).toBe(409)
    expect(
      (await client.leased('POST', `${U}/renew_lease`, lease, '{"token":"","duration":300}')).status,
    ).toBe(403)
  })

  test('a token is good for its own update alone', async () => {
    const mine = await client.openUpdate(S)
    const other = await client.openUpdate(S, 'preview')
    expect((await client.leased('PATCH', `${mine.U}/checkpoint`, other.lease, checkpoint)).status).toBe(403)
    expect(
      (await client.leased('POST', `${mine.U}/complete`, other.lease, '{"status":"failed"}')).status,
    ).toBe(403)
    expect((await client.leased('PATCH', `${other.U}/checkpoint`, other.lease, checkpoint)).status).toBe(409)
    expect(
      (await client.leased('POST', `${mine.U}/complete`, `dpu-${'0'.repeat(40)}`, '{"status":"failed"}'))
        .status,
    ).toBe(403)
    expect(
      (await client.leased('POST', `${mine.U}/complete`, client.server.adminToken, '{"status":"failed"}'))
        .status,
    ).toBe(401)
    const asUser = await fetch(client.server.url + S, { headers: { authorization: `token ${mine.lease}` } })
    expect(asUser.status).toBe(401)
    const { rows } = await client.db.query('select from updates where lease_token_hash = $1', [
      sha256(mine.lease),
    ])
    expect(rows).toHaveLength(1)
  })

  test('a dead lease is 403 or 409, never 401, and a living one is renewed for five minutes', async () => {
    const { id, lease, U } = await client.openUpdate(S)
    const renewed = await client.leased('POST', `${U}/renew_lease`, lease, '{"token":"","duration":300}')
    const answer = JSON.parse(await renewed.text())
    expect(answer.token).toBe(lease)
    expect(Math.abs(answer.tokenExpiration - Date.now() / 1000 - 300)).toBeLessThan(10)
    await client.db.query('update updates set lease_until = now() where id = $1', [id])
    expect((await client.leased('PATCH', `${U}/checkpoint`, lease, checkpoint)).status).toBe(409)
    expect((await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')).status).toBe(409)
    expect((await client.leased('POST', `${U}/renew_lease`, lease, '{}')).status).toBe(403)
  })

  test('a cancel takes it away; the status and the stack say so', async () => {
    const { lease, U } = await client.openUpdate(S)
    expect((await client.call('GET', U)).body).toEqual({
      status: 'running',
      events: [],
      continuationToken: '0',
    })
    expect((await client.call('POST', `${U}/cancel`)).status).toBe(204)
    expect((await client.call('POST', `${U}/cancel`)).status).toBe(204)
    expect((await client.leased('PATCH', `${U}/checkpoint`, lease, checkpoint)).status).toBe(409)
    expect((await client.leased('POST', `${U}/renew_lease`, lease, '{}')).status).toBe(403)
    expect((await client.call('GET', U)).body).toEqual({
      status: 'cancelled',
      events: [],
      continuationToken: null,
    })
    await client.openUpdate(S)
  })

  test('an update starts once, and only as one of its stack', async () => {
    const { id } = await client.openUpdate(S, 'preview')
    expect(await client.call('POST', `${S}/update/${id}`)).toMatchObject({ status: 409 })
    const elsewhere = await client.makeStack()
    expect(await client.call('POST', `${elsewhere}/update/${id}`)).toMatchObject({ status: 404 })
    expect(await client.call('POST', `${S}/update/not-an-id`)).toMatchObject({
      status: 404,
      body: { code: 404 },
    })
    const twenty = await client.call('POST', `${S}/update`, {})
    const starts = Array.from({ length: 20 }, () =>
      client.call('POST', `${S}/update/${twenty.body.updateID}`),
    )
    const statuses = (await Promise.all(starts)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 409)).toHaveLength(19)
  })

  test.each([
    ['{"options":[]}'],
    ['{"options":{"dryRun":"yes"}}'],
    ['{"config":{"noColon":{}}}'],
    ['{"metadata":1}'],
    ['[]'],
    [''],
  ])('an update with the body %s is refused', async (body) => {
    expect((await client.send('POST', `${S}/update`, body)).status).toBe(400)
  })
})

describe('a stack token', () => {
  const checkpoint = '{"version":3,"deployment":{"resources":[]}}'

  test('writes its own stack while its deployment lives, and not a moment longer', async () => {
    const job = await client.makeDeployment(S, 'update')
    const { lease, U } = await client.openUpdate(S, 'update', {}, job.token)
    expect((await client.leased('PATCH', `${U}/checkpoint`, lease, checkpoint)).status).toBe(204)
    const conflict = await client.call('POST', `${S}/update`, {})
    const refused = await client.call('POST', `${S}/update/${conflict.body.updateID}`)
    expect(refused.body.message).toMatch(
      /in progress\. deployment 1 \(requested by admin\) has held this stack/,
    )

    await client.db.query('update deployments set lease_until = now() where id = $1', [job.id])
    expect((await client.leased('PATCH', `${U}/checkpoint`, lease, checkpoint)).status).toBe(409)
    expect((await client.leased('POST', `${U}/renew_lease`, lease, '{}')).status).toBe(403)
    expect((await client.leased('POST', `${U}/events/batch`, lease, '{"events":[]}')).status).toBe(409)
    expect((await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')).status).toBe(409)
    expect((await client.call('GET', S, undefined, job.token)).status).toBe(401)
  })

  test('a deployment that was claimed again does not inherit the updates of the first claim', async () => {
    const job = await client.makeDeployment(S, 'update')
    const { lease, U } = await client.openUpdate(S, 'update', {}, job.token)
    const created = await client.call('POST', `${S}/preview`, {}, job.token)
    await client.db.query('update deployments set fencing = fencing + 1 where id = $1', [job.id])
    expect((await client.leased('PATCH', `${U}/checkpoint`, lease, checkpoint)).status).toBe(409)
    const late = await client.call('POST', `${S}/update/${created.body.updateID}`, {}, job.token)
    expect(late.status).toBe(404)
  })

  test.each(['preview', 'detect-drift'])('of a %s looks and writes nothing', async (operation) => {
    const job = await client.makeDeployment(S, operation)
    const { lease, U } = await client.openUpdate(S, 'preview', {}, job.token)
    expect((await client.leased('PATCH', `${U}/checkpoint`, lease, checkpoint)).status).toBe(409)
    await client.openUpdate(S, 'refresh', { options: { dryRun: true } }, job.token)
    for (const kind of ['update', 'refresh', 'destroy']) {
      const refused = await client.call('POST', `${S}/${kind}`, {}, job.token)
      expect(refused).toMatchObject({ status: 403, body: { reason: 'preview_only' } })
    }
    expect(await client.send('POST', `${S}/import`, checkpoint, job.token)).toMatchObject({ status: 403 })
    const people = (await client.call('POST', `${S}/update`, {})).body.updateID
    expect((await client.call('POST', `${S}/update/${people}`, {}, job.token)).status).toBe(404)
    expect((await client.call('POST', `${S}/update/${people}/cancel`, undefined, job.token)).status).toBe(403)
    const { ciphertext } = (await client.call('POST', `${S}/encrypt`, { plaintext: 'YQ==' }, job.token)).body
    expect((await client.call('POST', `${S}/decrypt`, { ciphertext }, job.token)).status).toBe(200)
  })

  test('reads other stacks of its requester, and changes nothing outside its own', async () => {
    const job = await client.makeDeployment(S, 'destroy')
    const other = await client.makeStack()
    expect((await client.call('GET', `${other}/export`, undefined, job.token)).status).toBe(200)
    const sealed = (await client.call('POST', `${other}/encrypt`, { plaintext: 'YQ==' })).body
    expect((await client.call('POST', `${other}/decrypt`, sealed, job.token)).body).toEqual({
      plaintext: 'YQ==',
    })
    for (const [method, path, body] of [
      ['POST', `${other}/update`, {}],
      ['POST', `${other}/preview`, {}],
      ['POST', `${other}/encrypt`, { plaintext: '' }],
      ['POST', `${other}/import`, JSON.parse(checkpoint)],
      ['DELETE', other],
      ['DELETE', S],
      ['PATCH', `${S}/tags`, {}],
      ['POST', '/api/stacks/main/p', { stackName: 'mine' }],
      ['GET', '/api/daypass/orgs/main/retired-names'],
    ] as const) {
      const answer = await client.call(method, path, body, job.token)
      expect(answer, `${method} ${path}`).toMatchObject({ status: 403, body: { code: 403 } })
    }
  })

  test('leaves a person’s update alone', async () => {
    const job = await client.makeDeployment(S, 'update')
    const { id, U } = await client.openUpdate(S)
    expect((await client.call('POST', `${U}/cancel`, undefined, job.token)).status).toBe(403)
    const { rows } = await client.db.query('select status from updates where id = $1', [id])
    expect(rows).toEqual([{ status: 'running' }])
  })
})
