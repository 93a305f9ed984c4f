/** Engine events and encryption over HTTP. */
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

describe('events', () => {
  test('are read in order, verbatim, whatever order they came in, and end when the update has ended', async () => {
    const { lease, U } = await client.openUpdate(S, 'preview')
    const event = (sequence: number): string =>
      `{"sequence":${sequence}, "timestamp":1.0,"big":9007199254740993,"e":{}}`
    const batch = (...numbers: number[]): Promise<Response> =>
      client.leased(
        'POST',
        `${U}/events/batch`,
        lease,
        gzipSync(`{"events":[${numbers.map(event).join(',')}]}`),
      )
    expect(await client.text(`${U}/events`)).toBe('{"events":[],"continuationToken":"0"}')
    await Promise.all([batch(3, 4), batch(0), batch(3, 4), batch(1)])
    expect(await client.text(`${U}/events`)).toBe(
      `{"events":[${event(0)},${event(1)}],"continuationToken":"2"}`,
    )
    expect(await client.text(`${U}/events?continuationToken=2`)).toBe('{"events":[],"continuationToken":"2"}')
    await batch(2)
    expect(await client.text(`${U}/events?continuationToken=2`)).toBe(
      `{"events":[${[2, 3, 4].map(event).join(',')}],"continuationToken":"5"}`,
    )
    await batch(9)
    await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')
    expect(await client.text(`${U}/events?continuationToken=5`)).toBe(
      `{"events":[${event(9)}],"continuationToken":null}`,
    )
    expect(await client.text(`${U}/events?continuationToken=10`)).toBe(
      '{"events":[],"continuationToken":null}',
    )
    expect((await batch(10)).status).toBe(409)
  })

  test('a batch that never came holds readers up for ten seconds only', async () => {
    const { id, lease, U } = await client.openUpdate(S, 'preview')
    await client.leased('POST', `${U}/events/batch`, lease, '{"events":[{"sequence":1}]}')
    expect(await client.text(`${U}/events`)).toBe('{"events":[],"continuationToken":"0"}')
    await client.db.query(
      "update update_events set received_at = now() - interval '11 seconds' where update_id = $1",
      [id],
    )
    expect(await client.text(`${U}/events`)).toBe('{"events":[{"sequence":1}],"continuationToken":"2"}')
  })

  test('many come in pages', async () => {
    const { lease, U } = await client.openUpdate(S, 'preview')
    const events = Array.from({ length: 2_500 }, (_, sequence) => ({ sequence }))
    await client.leased('POST', `${U}/events/batch`, lease, JSON.stringify({ events }))
    await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')
    const read: unknown[] = []
    let token: string | null = '0'
    while (token !== null) {
      const { body } = await client.call('GET', `${U}/events?continuationToken=${token}`)
      read.push(...body.events)
      token = body.continuationToken
    }
    expect(read).toEqual(events)
  })

  test('our tokens are blotted before anything is stored', async () => {
    const token = `pul-${'ab'.repeat(20)}`
    const { id, lease, U } = await client.openUpdate(S, 'preview', {
      metadata: { message: token, environment: { x: token } },
    })
    const message = `first\n${token} ${btoa(token)}`
    await client.leased(
      'POST',
      `${U}/events/batch`,
      lease,
      JSON.stringify({ events: [{ sequence: 0, diagnosticEvent: { message } }] }),
    )
    const { rows } = await client.db.query(
      'select e.body, u.metadata from update_events e join updates u on u.id = e.update_id where u.id = $1',
      [id],
    )
    expect(JSON.stringify(rows)).toContain('[daypass-token]')
    expect(JSON.stringify(rows)).not.toContain(token)
    expect(JSON.stringify(rows)).not.toContain(btoa(token).slice(0, 30))
  })

  test.each([
    '',
    '{}',
    '{"events":{}}',
    '{"events":[1]}',
    '{"events":[{}]}',
    '{"events":[{"sequence":-1}]}',
    '{"events":[{"sequence":99999999999}]}',
  ])('the batch %j is refused', async (body) => {
    const { lease, U } = await client.openUpdate(S, 'preview')
    expect((await client.leased('POST', `${U}/events/batch`, lease, body)).status).toBe(400)
  })
})

describe('secrets', () => {
  test('one by one and in batches, bytes as bytes, keyed by the very text', async () => {
    const plain = randomBytes(32).toString('base64')
    const { ciphertext } = (await client.call('POST', `${S}/encrypt`, { plaintext: plain })).body
    expect((await client.call('POST', `${S}/decrypt`, { ciphertext })).body).toEqual({ plaintext: plain })
    const plaintexts = ['', 'YQ==', plain]
    const { ciphertexts } = (await client.call('POST', `${S}/batch-encrypt`, { plaintexts })).body
    expect(ciphertexts).toHaveLength(3)
    const asked = [...ciphertexts, ciphertexts[0]]
    const opened = (await client.call('POST', `${S}/batch-decrypt`, { ciphertexts: asked })).body.plaintexts
    expect(ciphertexts.map((one: string) => opened[one])).toEqual(plaintexts)
    expect((await client.call('POST', `${S}/batch-decrypt`, { ciphertexts: [] })).body).toEqual({
      plaintexts: {},
    })
  })

  test('a secret of 2 MB, and a thousand at once', async () => {
    const large = randomBytes(2_000_000).toString('base64')
    const { ciphertext } = (await client.call('POST', `${S}/encrypt`, { plaintext: large })).body
    expect((await client.call('POST', `${S}/decrypt`, { ciphertext })).body.plaintext === large).toBe(true)
    const plaintexts = Array.from({ length: 1_000 }, (_, index) => btoa(String(index)))
    const { ciphertexts } = (await client.call('POST', `${S}/batch-encrypt`, { plaintexts })).body
    const { body } = await client.call('POST', `${S}/batch-decrypt`, { ciphertexts })
    expect(ciphertexts.map((one: string) => body.plaintexts[one])).toEqual(plaintexts)
  })

  test('of another stack, altered, or not base64: refused', async () => {
    const elsewhere = await client.makeStack()
    const { ciphertext } = (await client.call('POST', `${S}/encrypt`, { plaintext: 'aGVsbG8=' })).body
    await client.call('POST', `${elsewhere}/encrypt`, { plaintext: 'aGVsbG8=' })
    expect(await client.call('POST', `${elsewhere}/decrypt`, { ciphertext })).toMatchObject({
      status: 400,
      body: { reason: 'cannot_decrypt' },
    })
    const bytes = Buffer.from(ciphertext, 'base64')
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    for (const one of [bytes.toString('base64'), `${ciphertext}=`, 'nonsense', '']) {
      expect((await client.call('POST', `${S}/decrypt`, { ciphertext: one })).status).toBe(400)
      expect(
        (await client.call('POST', `${S}/batch-decrypt`, { ciphertexts: [ciphertext, one] })).status,
      ).toBe(400)
    }
    expect((await client.call('POST', `${S}/encrypt`, { plaintext: 'not base64!' })).status).toBe(400)
    expect((await client.call('POST', `${S}/encrypt`, {})).status).toBe(400)
  })

  test('what the CLI says about a decryption is in the audit log', async () => {
    await client.call('POST', `${S}/decrypt/log-decryption`, { secretName: 'db:password' })
    await client.call('POST', `${S}/decrypt/log-batch-decryption`, { commandName: 'stack output' })
    const { rows } = await client.db.query<{ details: object }>(
      "select details from audit_log where action = 'secret.decrypted' and target = $1 order by seq",
      [S.slice('/api/stacks/'.length)],
    )
    expect(rows).toEqual([{ details: { secret: 'db:password' } }, { details: { command: 'stack output' } }])
  })
})
