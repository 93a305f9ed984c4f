/**
 * The Pulumi Service provider: the calls of its client, with its headers and its bodies, as they were recorded of the
 * real one (1.3.0 and later) against this server. The provider itself is a plugin from the internet, and its Go module
 * is in no registry, so what it sends is sent here by hand. It leaves out what is not set, reads a 404 as "gone", and
 * writes back what it has read.
 */
import { generateKeyPairSync } from 'node:crypto'
import { RUNNER_CLAIM_PATH } from '@daypass/contract/job-paths.ts'
import type { Claim } from '@daypass/contract/job-protocol.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOtherIssuer } from './harness/other-issuer.ts'
import { startServer, type TestServer } from './harness/server.ts'

const S = '/api/stacks/main/shop/dev'

let server: TestServer

beforeAll(async () => {
  server = await startServer({ runnerToken: true, flags: ['--allow-private-oidc-issuers'] })
  await gives(await provider('POST', '/api/stacks/main/shop', { stackName: 'dev' }), 200)
})
afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: an answer's shape is what a test asserts
  readonly body: any
}

async function provider(method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      accept: 'application/vnd.pulumi+9',
      'content-type': 'application/json',
      'x-pulumi-source': 'provider',
      authorization: `token ${server.adminToken}`,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** @returns The body of an answer that must have this status. */
async function gives(answer: Answer, status: number) {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status)
  return answer.body
}
const get = async (path: string) => gives(await provider('GET', path), 200)

/** What its resource `DeploymentSettings` sends for every field that it has. */
const SETTINGS = {
  executorContext: {
    executorImage: {
      reference: 'pulumi/pulumi:latest',
      credentials: { username: 'u', password: { secret: 'image-password' } },
    },
    executorRootPath: '/tmp',
  },
  sourceContext: {
    git: {
      repoUrl: 'git@git.example.com:team/a.git',
      branch: 'refs/heads/main',
      repoDir: 'd',
      gitAuth: { sshAuth: { sshPrivateKey: { secret: 'ssh-key' }, password: { secret: 'ssh-password' } } },
    },
  },
  operationContext: {
    oidc: {
      aws: {
        duration: '1h0m0s',
        policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
        roleArn: 'arn:aws:iam::123456789012:role/deploy',
        sessionName: 'session',
      },
    },
    preRunCommands: ['a'],
    environmentVariables: { A: 'x', B: { secret: 'variable' } },
    options: { skipInstallDependencies: true, shell: 'bash' },
  },
  cacheOptions: { enable: true },
}
const PUT_SETTINGS = ['PUT', `${S}/deployments/settings`] as const

test('settings: put, read, written back as they were read, and removed', async () => {
  const made = await gives(await provider(...PUT_SETTINGS, SETTINGS), 200)
  expect(made.source).toBe('provider')
  const read = await get(`${S}/deployments/settings`)
  expect(read).toEqual(made)
  expect(JSON.stringify(read)).not.toMatch(/image-password|ssh-key|ssh-password|"variable"/)

  // Its type of a secret drops the empty half.
  const written = JSON.parse(JSON.stringify(read).replaceAll('"secret":"",', ''))
  await gives(await provider(...PUT_SETTINGS, written), 200)
  await gives(await provider('POST', `${S}/deployments`, { operation: 'preview' }), 202)
  const { job } = await claim()
  expect(job.source?.auth).toEqual({ kind: 'ssh', privateKey: 'ssh-key', passphrase: 'ssh-password' })
  expect(job.executorImage?.credentials).toEqual({ username: 'u', password: 'image-password' })
  expect(job.environment).toContainEqual({ name: 'B', value: 'variable', secret: true })

  for (const block of [
    { gitHub: { repository: 'o/r', deployCommits: true, previewPullRequests: true }, operationContext: {} },
    { vcs: { provider: 'gitlab', repository: 'o/r', deployCommits: true } },
  ]) {
    const sent = { sourceContext: { git: { branch: 'main' } }, ...block }
    const { operationContext: _empty, ...kept } = { operationContext: undefined, ...sent }
    expect(await gives(await provider(...PUT_SETTINGS, sent), 200)).toMatchObject(kept)
  }
  expect(await gives(await provider('DELETE', PUT_SETTINGS[1]), 200)).toBe(true)
  await gives(await provider('GET', PUT_SETTINGS[1]), 404)
})

async function claim(): Promise<Claim> {
  const response = await fetch(server.url + RUNNER_CLAIM_PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${server.runnerToken}` },
    body: JSON.stringify({ runnerName: 'r', runnerVersion: '1', launcher: 'docker', waitSeconds: 0 }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as Claim
}

test('schedules of every kind: made, changed, read by what tells them apart, removed, and then not found', async () => {
  await gives(await provider(...PUT_SETTINGS, SETTINGS), 200)
  const P = `${S}/deployments`
  const kinds = [
    {
      path: `${P}/schedules`,
      make: {
        scheduleCron: '0 7 * * *',
        request: { operation: 'update', operationContext: { options: {} } },
      },
      change: {
        scheduleOnce: '2099-01-01T00:00:00Z',
        request: { operation: 'preview', operationContext: { options: {} } },
      },
      reads: { scheduleOnce: '2099-01-01 00:00:00', definition: { request: { operation: 'preview' } } },
    },
    {
      path: `${P}/drift/schedules`,
      make: { scheduleCron: '0 8 * * *' },
      change: { scheduleCron: '0 9 * * *', autoRemediate: true },
      reads: {
        scheduleCron: '0 9 * * *',
        definition: {
          request: {
            operation: 'detect-drift',
            operationContext: { options: { remediateIfDriftDetected: true } },
          },
        },
      },
    },
    {
      path: `${P}/ttl/schedules`,
      make: { timestamp: '2099-01-01T00:00:00Z', deleteAfterDestroy: true },
      change: { timestamp: '2099-02-01T00:00:00Z', deleteAfterDestroy: true },
      reads: {
        scheduleOnce: '2099-02-01 00:00:00',
        definition: {
          request: { operation: 'destroy', operationContext: { options: { deleteAfterDestroy: true } } },
        },
      },
    },
  ]
  for (const { path, make, change, reads } of kinds) {
    const { id } = await gives(await provider('POST', path, make), 200)
    await gives(await provider('POST', `${path}/${id}`, change), 200)
    expect(await get(`${P}/schedules/${id}`)).toMatchObject(reads)
    for (let time = 0; time < 2; time += 1) {
      expect((await provider('DELETE', `${P}/schedules/${id}`)).status).toBe(200)
    }
    await gives(await provider('GET', `${P}/schedules/${id}`), 404)
  }
})

test.each([
  ['a stack', `${S}/hooks`, { projectName: 'shop', stackName: 'dev' }],
  ['an organization', '/api/orgs/main/hooks', {}],
])('webhooks of %s', async (_whose, path, of) => {
  const hook = { organizationName: 'main', ...of, displayName: 'h', payloadUrl: 'https://example.com' }
  const made = await gives(
    await provider('POST', path, {
      ...hook,
      secret: 'hush',
      active: true,
      format: 'raw',
      filters: ['deployment_started'],
    }),
    201,
  )
  expect(made).toMatchObject({ name: expect.stringMatching(/./), hasSecret: true })
  expect(await get(path)).toEqual([made])
  const change = { ...hook, payloadUrl: 'https://example.com/2', active: false, groups: ['deployments'] }
  await gives(await provider('PATCH', `${path}/${made.name}`, { ...change, name: made.name }), 200)
  // What it leaves out of a change is empty, but the secret, which it never reads.
  expect(await get(`${path}/${made.name}`)).toMatchObject({ ...change, filters: [], hasSecret: true })
  await gives(await provider('DELETE', `${path}/${made.name}`), 204)
  await gives(await provider('GET', `${path}/${made.name}`), 404)
})

test('tags of a stack', async () => {
  await gives(await provider('POST', `${S}/tags`, { name: 'team', value: 'platform' }), 204)
  expect((await get(S)).tags).toMatchObject({ team: 'platform' })
  await gives(await provider('DELETE', `${S}/tags/team`), 204)
  expect((await get(S)).tags).not.toHaveProperty('team')
})

test('pools of agents', async () => {
  const pools = '/api/orgs/main/agent-pools'
  const { id } = await gives(await provider('POST', pools, { name: 'pool', description: 'd' }), 200)
  await gives(await provider('PATCH', `${pools}/${id}`, { name: 'renamed' }), 200)
  expect(await get(`${pools}/${id}`)).toMatchObject({ name: 'renamed', agents: [] })
  await gives(await provider('DELETE', `${pools}/${id}?force=true`), 204)
  await gives(await provider('GET', `${pools}/${id}`), 404)
})

test.each([
  ['a person', '/api/user/tokens', { description: 'd' }],
  ['the organization', '/api/orgs/main/tokens', { name: 'of-main', description: 'd', admin: false }],
])('tokens of %s', async (_whose, path, body) => {
  const { id, tokenValue } = await gives(await provider('POST', path, body), 200)
  expect(tokenValue).toMatch(/^pul-/)
  expect((await get(path)).tokens).toContainEqual(expect.objectContaining({ id, description: 'd' }))
  await gives(await provider('DELETE', `${path}/${id}`), 204)
  await gives(await provider('DELETE', `${path}/${id}`), 404)
})

test('a team, its people, its stacks and its tokens', async () => {
  const teams = '/api/orgs/main/teams'
  const team = {
    organization: 'main',
    teamType: 'pulumi',
    name: 'builders',
    displayName: 'Builders',
    description: 'd',
  }
  await gives(await provider('POST', `${teams}/pulumi`, { ...team, organization: 'other' }), 400)
  await gives(await provider('POST', `${teams}/pulumi`, team), 200)
  const change = async (body: object) => gives(await provider('PATCH', `${teams}/builders`, body), 204)
  await change({ newDisplayName: 'B', newDescription: 'e' })
  const stack = { projectName: 'shop', stackName: 'dev' }
  await change({ addStackPermission: { ...stack, permission: 102 } })
  await change({ memberAction: 'add', member: 'admin' })
  expect(await get(`${teams}/builders`)).toMatchObject({
    kind: 'pulumi',
    displayName: 'B',
    members: [{ githubLogin: 'admin' }],
    stacks: [{ ...stack, permission: 102 }],
  })
  await change({ removeStack: stack })
  const tokens = `${teams}/builders/tokens`
  const { id } = await gives(await provider('POST', tokens, { name: 'of-builders', description: 'd' }), 200)
  expect((await get(tokens)).tokens).toMatchObject([{ id, name: 'of-builders' }])
  await gives(await provider('DELETE', `${tokens}/${id}`), 204)
  await gives(await provider('DELETE', `${teams}/builders`), 204)
  await gives(await provider('GET', `${teams}/builders`), 404)
})

test('an issuer of logins and its policies, with what is not set as null or left out', async () => {
  const issuer = await startOtherIssuer()
  const issuers = '/api/orgs/main/oidc/issuers'
  const made = await gives(await provider('POST', issuers, { name: 'ci', url: issuer.url }), 200)
  const one = `${issuers}/${made.id}`
  const policies = `/api/orgs/main/auth/policies/oidcissuers/${made.id}`
  const { id } = await get(policies)
  const sent = [
    {
      decision: 'allow',
      tokenType: 'organization',
      authorizedPermissions: ['standard'],
      rules: { aud: 'urn:pulumi:org:main', sub: 'repo:acme/web:*' },
    },
    {
      decision: 'deny',
      tokenType: 'team',
      teamName: 'ops',
      authorizedPermissions: [],
      rules: { sub: '*:pull_request' },
    },
  ]
  const changed = await gives(
    await provider('PATCH', `/api/orgs/main/auth/policies/${id}`, { policies: sent }),
    200,
  )
  // It compares what it reads with what it was told.
  expect(changed).toMatchObject({ id, version: 2 })
  expect((await get(policies)).policies).toEqual(sent)
  const update = { name: 'renamed', thumbprints: null, maxExpiration: 3_600 }
  await gives(await provider('PATCH', one, update), 200)
  expect(await get(one)).toMatchObject({
    name: 'renamed',
    url: issuer.url,
    thumbprints: [],
    maxExpiration: 3_600,
  })
  await gives(await provider('DELETE', one), 204)
  expect((await provider('GET', one)).status).toBe(404)
  expect((await provider('DELETE', one)).status).toBe(404)
  await issuer.close()
})

test('an issuer of logins and its policies', async () => {
  const issuers = '/api/orgs/main/oidc/issuers'
  // The provider sends no keys, and a test has no issuer on the public internet: this one call is made without it.
  const publicKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
  const jwks = { keys: [{ ...publicKey, kid: 'k', use: 'sig', alg: 'RS256' }] }
  const registered = { name: 'ci', url: 'https://ci.example.com', jwks }
  const { id } = await gives(await server.call('POST', issuers, registered), 200)
  const one = `${issuers}/${id}`
  await gives(await provider('PATCH', one, { name: 'renamed', maxExpiration: 3600 }), 200)
  expect(await get(one)).toMatchObject({ name: 'renamed', url: registered.url, maxExpiration: 3600 })

  const policies = await get(`/api/orgs/main/auth/policies/oidcissuers/${id}`)
  expect(policies).toMatchObject({ version: 1, policies: [{ decision: 'deny' }] })
  const definition = {
    decision: 'allow',
    tokenType: 'organization',
    authorizedPermissions: ['admin'],
    rules: { aud: 'urn:pulumi:org:main', sub: 'repo:*' },
  }
  const path = `/api/orgs/main/auth/policies/${policies.id}`
  expect(await gives(await provider('PATCH', path, { policies: [definition] }), 200)).toMatchObject({
    id: policies.id,
    version: 2,
    policies: [definition],
  })
  await gives(await provider('DELETE', one), 204)
  await gives(await provider('GET', one), 404)
})

test('members are listed once for each type that it asks for', async () => {
  for (const type of ['backend', 'frontend']) {
    const { members } = await get(`/api/orgs/main/members?type=${type}`)
    expect(members).toMatchObject([{ role: 'admin', user: { githubLogin: 'admin' }, knownToPulumi: true }])
  }
})
