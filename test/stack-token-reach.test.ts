/** What the token of a running deployment reads beside its own stack: stack references, and nothing more. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StateClient, startStateClient } from './harness/state-client.ts'

const OTHER = '/api/stacks/second/p/prod'
let client: StateClient

beforeAll(async () => {
  client = await startStateClient()
  expect((await client.call('POST', '/api/daypass/orgs', { name: 'second' })).status).toBeLessThan(300)
  expect((await client.call('POST', '/api/stacks/second/p', { stackName: 'prod' })).status).toBe(200)
})
afterAll(async () => {
  expect(await client.server.stop()).toBe(0)
})

async function sealedIn(stack: string): Promise<string> {
  const { body } = await client.call('POST', `${stack}/encrypt`, { plaintext: btoa('hunter2') })
  return body.ciphertext
}

async function opened(): Promise<object[]> {
  const text = "select actor, target, details from audit_log where action = 'secret.opened' order by seq"
  return (await client.db.query(text)).rows
}

test('a preview of a person in two organizations reaches the stacks of its own alone', async () => {
  const { token } = await client.makeDeployment(await client.makeStack(), 'preview')
  const ciphertext = await sealedIn(OTHER)
  // The person may; their job may not, and is not told that there is such a stack.
  expect((await client.call('POST', `${OTHER}/decrypt`, { ciphertext })).status).toBe(200)
  expect((await client.call('POST', `${OTHER}/decrypt`, { ciphertext }, token)).status).toBe(404)
  expect(
    (await client.call('POST', `${OTHER}/batch-decrypt`, { ciphertexts: [ciphertext] }, token)).status,
  ).toBe(404)
  for (const path of [OTHER, `${OTHER}/export`, `${OTHER}/updates`]) {
    expect((await client.call('GET', path, undefined, token)).status, path).toBe(404)
  }
  const head = await fetch(`${client.server.url}/api/stacks/second/p`, {
    method: 'HEAD',
    headers: { authorization: `token ${token}` },
  })
  expect(head.status).toBe(404)

  const user = await client.call('GET', '/api/user', undefined, token)
  expect(user.body.organizations.map(({ name }: { name: string }) => name)).toEqual(['main'])
  for (const query of ['', '?organization=second']) {
    const { body } = await client.call('GET', `/api/user/stacks${query}`, undefined, token)
    expect(body.stacks.filter(({ orgName }: { orgName: string }) => orgName !== 'main')).toEqual([])
  }
  const { body: all } = await client.call('GET', '/api/user/stacks')
  expect(all.stacks.map(({ orgName }: { orgName: string }) => orgName)).toContain('second')
  expect(await opened()).toEqual([])
})

test('another stack’s secrets are opened for a stack reference, and the audit log says so', async () => {
  const [own, sibling] = [await client.makeStack(), await client.makeStack()]
  const { id, token } = await client.makeDeployment(own, 'preview')
  const ofOwn = { ciphertext: await sealedIn(own) }
  expect((await client.call('POST', `${own}/decrypt`, ofOwn, token)).status).toBe(200)
  expect(await opened()).toEqual([])

  const ciphertext = await sealedIn(sibling)
  const one = await client.call('POST', `${sibling}/decrypt`, { ciphertext }, token)
  expect(atob(one.body.plaintext)).toBe('hunter2')
  const ciphertexts = [ciphertext, await sealedIn(sibling)]
  expect((await client.call('POST', `${sibling}/batch-decrypt`, { ciphertexts }, token)).status).toBe(200)
  const target = sibling.replace('/api/stacks/', '')
  expect(await opened()).toMatchObject([
    { actor: `deployment:${id}`, target, details: { secrets: 1 } },
    { actor: `deployment:${id}`, target, details: { secrets: 2 } },
  ])
})

test.each(['.', '..'])('a stack and a project cannot be called %j', async (name) => {
  const stack = await client.call('POST', '/api/stacks/main/p', { stackName: name })
  expect(stack).toMatchObject({ status: 400, body: { reason: 'invalid_request' } })
  const S = await client.makeStack()
  for (const body of [{ newName: name }, { newProject: name }]) {
    expect((await client.call('POST', `${S}/rename`, body)).status).toBe(400)
  }
  const named = await client.call('POST', '/api/stacks/main/p', { stackName: `${name}x` })
  expect(named.status).toBe(200)
})
