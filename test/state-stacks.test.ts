/** Stacks over HTTP: what is made, listed, tagged and deleted, and what is refused. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type StateClient, startStateClient } from './harness/state-client.ts'

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

const empty =
  '{"version":3,"deployment":{"manifest":{"time":"0001-01-01T00:00:00Z","magic":"","version":""}}}'

describe('stacks', () => {
  test('a stack that does not exist and one of another organization get the same answer', async () => {
    const outsider = await client.makeUser()
    const unknown = await client.call('GET', '/api/stacks/main/p/nope')
    expect(unknown).toMatchObject({ status: 404, body: { code: 404, reason: 'stack_not_found' } })
    for (const [method, path, body] of [
      ['GET', S],
      ['GET', `${S}/export`],
      ['GET', `${S}/updates`],
      ['DELETE', S],
      ['PATCH', `${S}/tags`, {}],
      ['POST', `${S}/update`, {}],
      ['POST', `${S}/import`, JSON.parse(empty)],
      ['POST', `${S}/encrypt`, { plaintext: '' }],
      ['POST', `${S}/batch-decrypt`, { ciphertexts: [] }],
    ] as const) {
      const answer = await client.call(method, path, body, outsider)
      expect(answer, `${method} ${path}`).toMatchObject({
        status: 404,
        body: { code: 404, reason: 'stack_not_found' },
      })
    }
    expect((await client.call('GET', '/api/user/stacks', undefined, outsider)).body.stacks).toEqual([])
    expect((await client.call('HEAD', '/api/stacks/main/p', undefined, outsider)).status).toBe(404)
    expect((await client.call('HEAD', '/api/stacks/main/p')).status).toBe(200)
    expect((await client.call('POST', '/api/stacks/main/p', { stackName: 'x' }, outsider)).status).toBe(404)
  })

  test.each([
    ['no body', undefined],
    ['a list', []],
    ['no name', {}],
    ['a colon', { stackName: 'a:b' }],
    ['a line break', { stackName: 'a\n' }],
    ['101 characters', { stackName: 'a'.repeat(101) }],
    ['a bad tag', { stackName: 'a', tags: { 'a b': 'c' } }],
    ['a long tag', { stackName: 'a', tags: { a: 'c'.repeat(257) } }],
    ['remote configuration', { stackName: 'a', config: { environment: 'x' } }],
    ['half a state', { stackName: 'a', state: { version: 3 } }],
  ])('a stack with %s is refused with a sentence', async (_what, body) => {
    const answer = await client.call('POST', '/api/stacks/main/p', body)
    expect(answer).toMatchObject({ status: 400, body: { code: 400 } })
    expect(answer.body.message.length).toBeGreaterThan(20)
  })

  test('a stack for a team that is not there is refused with a sentence', async () => {
    const answer = await client.call('POST', '/api/stacks/main/p', { stackName: 'a', teams: ['x'] })
    expect(answer).toMatchObject({ status: 404, body: { code: 404 } })
    expect(answer.body.message).toContain('x')
  })

  test('a stack may be made with a state of another secrets provider, which comes back to the letter', async () => {
    const state =
      '{"version":3,"deployment":{"secrets_providers":{"type":"passphrase","state":{"salt":"v1:x"}},"n":1.0}}'
    const name = `with-state-${randomUUID()}`
    const made = await client.send('POST', '/api/stacks/main/p', `{"stackName":"${name}","state":${state}}`)
    expect(made.status).toBe(200)
    expect(await client.text(`/api/stacks/main/p/${name}/export`)).toBe(state)
  })

  test('the list comes in pages, filtered, and ends with null', async () => {
    const project = `pages-${randomUUID().slice(0, 8)}`
    const names = Array.from({ length: 7 }, (_, index) => `s${index}`)
    for (const stackName of names) {
      const tags = { parity: Number(stackName.slice(1)) % 2 === 0 ? 'even' : 'odd' }
      await client.call('POST', `/api/stacks/main/${project}`, { stackName, tags })
    }
    expect(await client.listAll(`project=${project}&maxResults=3`)).toEqual({ names, pages: 3 })
    expect(await client.listAll(`project=${project}&maxResults=7`)).toEqual({ names, pages: 1 })
    const even = { names: ['s0', 's2', 's4', 's6'], pages: 1 }
    expect(await client.listAll(`project=${project}&tagName=parity&tagValue=even&organization=main`)).toEqual(
      even,
    )
    expect(await client.listAll(`project=${project}&tagName=none`)).toEqual({ names: [], pages: 1 })
    expect(await client.listAll(`project=${project}&organization=other`)).toEqual({ names: [], pages: 1 })
  })

  test('tags are replaced at once or one by one', async () => {
    expect((await client.call('PATCH', `${S}/tags`, { a: '1', b: '2' })).status).toBe(204)
    expect((await client.call('POST', `${S}/tags`, { name: 'c', value: '3' })).status).toBe(204)
    expect((await client.call('POST', `${S}/tags`, { name: 'c', value: '4' })).status).toBe(409)
    expect((await client.call('PATCH', `${S}/tags/c`, { name: 'd', value: '4' })).status).toBe(204)
    expect((await client.call('DELETE', `${S}/tags/a`)).status).toBe(204)
    expect((await client.call('DELETE', `${S}/tags/a`)).status).toBe(404)
    expect((await client.call('GET', S)).body.tags).toEqual({ b: '2', d: '4' })
    expect((await client.send('PATCH', `${S}/tags`, 'null')).status).toBe(204)
    expect((await client.call('GET', S)).body.tags).toEqual({})
    expect((await client.call('PATCH', `${S}/tags`, { 'no blanks': 'x' })).status).toBe(400)
  })

  test('a delete is refused to the letter while there are resources, and retires the name', async () => {
    await client.importState(S, '{"version":3,"deployment":{"resources":[{"urn":"u"}]}}')
    const refused = await client.call('DELETE', S)
    expect(refused).toMatchObject({
      status: 400,
      body: { code: 400, message: 'Bad Request: Stack still contains resources.' },
    })
    expect((await client.call('DELETE', `${S}?force=true`)).status).toBe(204)
    expect((await client.call('GET', S)).status).toBe(404)
    const [, , , organization, project, stack] = S.split('/')
    const retired = await client.call('GET', `/api/daypass/orgs/${organization}/retired-names`)
    expect(retired.body.retiredNames).toContainEqual(expect.objectContaining({ project, name: stack }))
    const release = `/api/daypass/orgs/main/retired-names/${project}/${stack}`
    expect((await client.call('DELETE', release, undefined, await client.makeUser('member'))).status).toBe(
      403,
    )
    expect((await client.call('DELETE', release)).status).toBe(204)
    expect((await client.call('DELETE', release)).status).toBe(404)
  })

  test('a delete waits for nothing: an update or a deployment under way refuses it', async () => {
    const { lease, U } = await client.openUpdate(S)
    expect(await client.call('DELETE', `${S}?force=true`)).toMatchObject({ status: 409, body: { code: 409 } })
    await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')
    const job = await client.makeDeployment(S, 'update')
    const refused = await client.call('DELETE', `${S}?force=true`)
    expect(refused).toMatchObject({ status: 409, body: { reason: 'deployment_running' } })
    expect(refused.body.message).toContain('Deployment 1 of this stack')
    await client.endDeployment(job.id)
    expect((await client.call('DELETE', `${S}?force=true`)).status).toBe(204)
  })
})

describe('what is not offered', () => {
  test('has few capabilities, empty lists, and refusals with a sentence', async () => {
    const { body } = await client.call('GET', '/api/capabilities')
    expect(body.capabilities.map(({ capability }: { capability: string }) => capability)).toEqual([
      'batch-encrypt',
      'deployment-schema-version',
    ])
    expect((await client.call('GET', '/api/registry/templates?limit=499')).body.templates).toEqual([])
    expect((await client.call('GET', '/api/registry/packages?limit=499')).body.packages).toEqual([])
    expect((await client.call('GET', '/api/orgs/main/policygroups')).body).toEqual({ policyGroups: [] })
    for (const [method, path] of [
      ['POST', '/api/agents/signup'],
      ['POST', '/api/esc/environments/main/yaml/open'],
      ['GET', '/api/registry/packages/a/b/c/versions/latest'],
      ['POST', '/api/ai/chat/preview'],
      ['PUT', `${S}/config`],
      ['GET', `${S}/policypacks`],
    ] as const) {
      const answer = await client.call(method, path)
      expect(answer).toMatchObject({ status: 404, body: { code: 404, reason: 'not_offered' } })
    }
  })
})
