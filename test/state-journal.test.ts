/** Journal entries over HTTP: what is taken, what is refused, and what an export shows meanwhile. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StateClient, startStateClient } from './harness/state-client.ts'

let client: StateClient

beforeAll(async () => {
  client = await startStateClient()
})
afterAll(async () => {
  expect(await client.server.stop()).toBe(0)
})

async function open(stack: string): Promise<{ U: string; lease: string }> {
  const { body } = await client.call('POST', `${stack}/update`, {})
  const U = `${stack}/update/${body.updateID}`
  const started = await client.call('POST', U, { journalVersion: 1 })
  expect(started).toMatchObject({ status: 200, body: { journalVersion: 1, version: 1 } })
  return { U, lease: started.body.token }
}

/** A number that JavaScript cannot hold must come back as it is. */
const BIG = '12345678901234567890'

function entries(...sequence: number[]): string {
  const all = sequence.map(
    (at) =>
      `{"version":1,"kind":1,"sequenceID":${at},"operationID":${at},"removeOld":null,"removeNew":null,` +
      `"state":{"urn":"urn:pulumi:s::p::x:i:T::r${at}","type":"x:i:T","outputs":{"big":${BIG}}}}`,
  )
  return `{"entries":[${all.join()}]}`
}

test('entries come as gzip or plain, twice or late, and an export holds each once', async () => {
  const S = await client.makeStack()
  const { U, lease } = await open(S)
  const patch = (body: string | Buffer) => client.leased('PATCH', `${U}/journalentries`, lease, body)
  for (const body of [entries(2, 3), gzipSync(entries(1)), gzipSync(entries(1)), entries(3, 4)]) {
    expect((await patch(body)).status).toBe(204)
  }
  const during = await client.text(`${S}/export`)
  expect(during.split(BIG)).toHaveLength(5)
  expect((await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')).status).toBe(204)
  const after = JSON.parse(await client.text(`${S}/export`))
  expect(after.deployment.resources).toEqual(JSON.parse(during).deployment.resources)
  expect((await patch(entries(5))).status).toBe(409)
})

test.each([
  ['', 400],
  ['{}', 204],
  ['[]', 400],
  ['{"entries":[{"version":1,"kind":0}]}', 400],
  ['{"entries":[{"version":2,"kind":0,"sequenceID":1}]}', 400],
  ['{"entries":[{"version":1,"kind":99,"sequenceID":1}]}', 400],
])('the body %s is answered with %i', async (body, status) => {
  const { U, lease } = await open(await client.makeStack())
  expect((await client.leased('PATCH', `${U}/journalentries`, lease, body)).status).toBe(status)
})

test('a body that inflates beyond the limit is 413, with a sentence', async () => {
  const { U, lease } = await open(await client.makeStack())
  const tooLarge = gzipSync(Buffer.alloc(201 * 1024 * 1024, ' '), { level: 1 })
  const answer = await client.leased('PATCH', `${U}/journalentries`, lease, tooLarge)
  expect(answer.status).toBe(413)
  expect(await answer.text()).toContain('--largest-state-mb')
})

test('another token, and an update without a journal, are refused', async () => {
  const S = await client.makeStack()
  const { U } = await open(S)
  const preview = await client.openUpdate(S, 'preview')
  const patch = (path: string, lease: string) =>
    client.leased('PATCH', `${path}/journalentries`, lease, entries(1))
  expect((await patch(U, preview.lease)).status).toBe(403)
  expect((await patch(preview.U, preview.lease)).status).toBe(409)
  const whole = await client.openUpdate(await client.makeStack())
  expect((await patch(whole.U, whole.lease)).status).toBe(409)
})
