/** State and history over HTTP: what comes out is what went in, to the letter. */
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
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

describe('state', () => {
  test('a stack without state answers the zero deployment', async () => {
    expect(await client.text(`${S}/export`)).toBe(empty)
    expect(await client.text(`${S}/export/0`)).toBe(empty)
    expect((await client.send('GET', `${S}/export/1`)).status).toBe(404)
  })

  const odd =
    '{"manifest":{},"big":9223372036854775807,"tiny":-0,"huge":1e400,"float":1.0,"exp":1E+2 , "half":"\\ud800","é":"\\u00e9",' +
    '"__proto__":{"x":1},"laterSchema":{"deep":[ [ ] ,{"z":1,"a":2}]},"resources":[ {"urn":"a"} ,{"urn":"b"}]}'

  test('numbers, escapes, order and unknown fields survive a checkpoint and an import', async () => {
    const { lease, U } = await client.openUpdate(S)
    const body = `{"isInvalid":false, "features":["views","taint"] ,"version":4,"deployment":${odd}}`
    expect((await client.leased('PATCH', `${U}/checkpoint`, lease, gzipSync(body))).status).toBe(204)
    expect(await client.text(`${S}/export`)).toBe(
      `{"version":4,"features":["views","taint"],"deployment":${odd}}`,
    )
    await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')

    const exported = await client.text(`${S}/export`)
    await client.importState(S, exported)
    expect(await client.text(`${S}/export`)).toBe(exported)
    expect(await client.text(`${S}/export/1`)).toBe(exported)
    const summary = (await client.call('GET', `/api/user/stacks?project=p`)).body.stacks
    expect(
      summary.find(({ stackName }: { stackName: string }) => S.endsWith(`/${stackName}`)).resourceCount,
    ).toBe(2)
  })

  test('the service’s secrets provider points to us and to the stack’s names, and nothing else changes', async () => {
    const provider = (state: string): string =>
      `{"version":3,"deployment":{"secrets_providers":{"type":"service","state":${state}},"x":{"url":"u"}}}`
    await client.importState(
      S,
      provider(
        '{"url":"https://elsewhere","owner":"o","project":"q", "stack":"t","later":1.0,"insecure":true}',
      ),
    )
    const [, , , owner, project, stack] = S.split('/')
    expect(await client.text(`${S}/export`)).toBe(
      provider(
        `{"url":"${client.server.url}","owner":"${owner}","project":"${project}", "stack":"${stack}","later":1.0,"insecure":true}`,
      ),
    )
    const passphrase = provider('{"url":"https://elsewhere"}').replace('"service"', '"passphrase"')
    await client.importState(S, passphrase)
    expect(await client.text(`${S}/export`)).toBe(passphrase)
  })

  test('a large state comes back whole, compressed or not', async () => {
    const noise = randomBytes(3_000_000).toString('base64')
    const state = `{"version":3,"deployment":{"noise":"${noise}","resources":[]}}`
    await client.importState(S, state)
    expect((await client.text(`${S}/export`)) === state).toBe(true)
    const { rows } = await client.db.query<{ size: number }>(
      'select octet_length(body) as size from state_chunks order by state_id desc limit 5',
    )
    expect(rows.length).toBe(5)
    for (const { size } of rows) expect(size).toBeLessThanOrEqual(1024 * 1024)
  })

  test.each([
    '',
    '{}',
    'null',
    '{"version":3}',
    '{"version":3,"deployment":null}',
    '{"version":3,"deployment":{}',
    '{"version":3,"deployment":{}} x',
    '{"version":"3","deployment":{}}',
    '{"version":0,"deployment":{}}',
    '{"version":3,"version":4,"deployment":{}}',
    '{"version":3,"features":[1],"deployment":{}}',
    '{"version":3,"deployment":{"resources":{}}}',
    '{"version":3,"deployment":{"a":01}}',
  ])('the state %j is refused and changes nothing', async (body) => {
    expect(await client.send('POST', `${S}/import`, body)).toMatchObject({ status: 400 })
    expect((await client.call('GET', S)).body.version).toBe(0)
  })

  test('history has what wrote, newest first, in both shapes; a dry run is not in it', async () => {
    const program = {
      config: { 'p:secret': { string: 'c2VjcmV0', secret: true, object: false } },
      metadata: { message: 'hello', environment: { 'git.head': 'abc', 'stack.environments': '[]' } },
    }
    for (const status of ['succeeded', 'failed']) {
      const { lease, U } = await client.openUpdate(S, 'update', program)
      const summary =
        '{"events":[{"sequence":0,"timestamp":1,"summaryEvent":{"resourceChanges":{"create":2,"same":1}}}]}'
      expect((await client.leased('POST', `${U}/events/batch`, lease, summary)).status).toBe(204)
      await client.leased('POST', `${U}/complete`, lease, JSON.stringify({ status }))
    }
    const { lease, U } = await client.openUpdate(S, 'preview')
    await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')
    await client.importState(S, empty)

    const { updates } = (await client.call('GET', `${S}/updates`)).body
    expect(
      updates.map((one: Record<string, unknown>) => [one['kind'], one['result'], one['version']]),
    ).toEqual([
      ['import', 'succeeded', 3],
      ['update', 'failed', 2],
      ['update', 'succeeded', 1],
    ])
    expect(updates[2]).toMatchObject({
      ...program.metadata,
      config: program.config,
      resourceChanges: { create: 2, same: 1 },
    })
    expect(updates[2].endTime).toBeGreaterThan(1_700_000_000)
    expect((await client.call('GET', `${S}/updates?pageSize=1&page=2`)).body.updates).toEqual([updates[1]])
    const service = (await client.call('GET', `${S}/updates?pageSize=2&page=1&output-type=service`)).body
    expect(service).toMatchObject({
      itemsPerPage: 2,
      total: 3,
      updates: [{ version: 3, latestVersion: 3 }, {}],
    })
    const latest = (await client.call('GET', `${S}/updates/latest`)).body
    expect(latest).toMatchObject({ info: updates[0], requestedBy: { githubLogin: 'admin' } })
    expect((await client.call('GET', `${S}/updates/1`)).body.info).toEqual(updates[2])
    expect((await client.call('GET', `${S}/updates/9`)).status).toBe(404)
  })
})
