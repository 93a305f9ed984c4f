import { DeploymentSettings } from '@daypass/contract/settings.ts'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'

let world: World
let counter = 0
let path = ''
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  counter += 1
  await world.addStack(`e${counter}`)
  path = `/api/stacks/acme/web/e${counter}/deployments/settings`
})

const get = () => world.call('GET', path)
const put = (body: unknown) => world.call('PUT', path, { body })
const post = (body: unknown) => world.call('POST', path, { body })

const OIDC = {
  operationContext: { oidc: { aws: { roleArn: 'arn:aws:iam::123456789012:role/x', sessionName: 'xy' } } },
}

test('every block that Pulumi’s API has is kept and answered', async () => {
  const settings = {
    tag: 'team-a',
    executorContext: {
      executorImage: {
        reference: 'r.example/a:1',
        credentials: { username: 'u', password: { secret: 'p1' } },
      },
      executorRootPath: '/tmp',
    },
    sourceContext: {
      git: {
        ...GIT,
        branch: undefined,
        commit: 'abcdef1234',
        tag: 'v1.0',
        repoDir: 'infra',
        gitAuth: { sshAuth: { sshPrivateKey: { secret: 'key1' }, password: { secret: 'pass1' } } },
      },
    },
    vcs: {
      provider: 'gitlab',
      repository: 'acme/app',
      deployCommits: true,
      deployTags: true,
      paths: ['infra/**', '!infra/docs/**'],
      tagFilters: ['v*'],
      installationId: '7',
      pullRequestTemplate: false,
      previewPullRequests: true,
      deployPullRequest: 3,
    },
    operationContext: {
      oidc: {
        ...OIDC.operationContext.oidc,
        azure: { clientId: 'c', tenantId: 't', subscriptionId: 's' },
        gcp: {
          projectId: '123',
          workloadPoolId: 'w',
          providerId: 'p',
          serviceAccount: 's@p.iam.gserviceaccount.com',
          region: 'europe-west1',
          tokenLifetime: '1h0m0s',
        },
      },
      preRunCommands: ['make'],
      environmentVariables: {
        A: 'x',
        B: { secret: 'bee1' },
        C: { plaintext: 'c', secret: '', ciphertext: null },
      },
      options: {
        skipInstallDependencies: true,
        skipIntermediateDeployments: true,
        shell: 'zsh',
        deleteAfterDestroy: true,
        remediateIfDriftDetected: true,
      },
      role: { id: 'r1', name: 'Deployer', defaultIdentifier: 'stack-admin' },
    },
    agentPoolID: 'default',
    cacheOptions: { enable: true },
  }
  const { status, body } = await put(settings)
  expect(status).toBe(200)
  expect(Value.Errors(DeploymentSettings, body)).toEqual([])
  const sealed = { secret: '', ciphertext: expect.any(String) }
  const { commit, tag, repoDir, repoUrl } = settings.sourceContext.git
  expect(body).toEqual({
    ...settings,
    version: 1,
    source: 'api',
    executorContext: {
      executorImage: { reference: 'r.example/a:1', credentials: { username: 'u', password: sealed } },
      executorRootPath: '/tmp',
    },
    sourceContext: {
      git: {
        repoUrl,
        commit,
        tag,
        repoDir,
        gitAuth: { sshAuth: { sshPrivateKey: sealed, password: sealed } },
      },
    },
    operationContext: {
      ...settings.operationContext,
      environmentVariables: { A: 'x', B: sealed, C: 'c' },
    },
  })
  expect((await put(body)).body).toEqual({ ...body, version: 2 })
  const deployment = { body: { operation: 'update' } }
  expect((await world.call('POST', path.replace('/settings', ''), deployment)).body.reason).toBe(
    'role_not_supported_yet',
  )
})

test('a template is kept, its token bound to its host, and no runner takes it yet', async () => {
  const template = { sourceUrl: 'https://git.example.com/t', gitAuth: { accessToken: { secret: 'tok1' } } }
  const saved = await put({ sourceContext: { template: { ...template, projectSourceUrl: 'ignored' } } })
  const sealed = { secret: '', ciphertext: expect.any(String) }
  expect(saved.body.sourceContext).toEqual({ template: { ...template, gitAuth: { accessToken: sealed } } })
  const moved = await post({ sourceContext: { template: { sourceUrl: 'https://evil.example/t' } } })
  expect(moved.headers['x-pulumi-warning']).toContain('were dropped')
  expect(moved.body.sourceContext).toEqual({ template: { sourceUrl: 'https://evil.example/t' } })
  const registry = { sourceUrl: 'registry://templates/pulumi/acme/web@1.2.3' }
  expect((await put({ sourceContext: { template: registry } })).body.sourceContext).toEqual({
    template: registry,
  })
  const refused = await world.call('POST', path.replace('/settings', ''), { body: { operation: 'update' } })
  expect(refused).toMatchObject({ status: 400, body: { reason: 'not_supported_yet' } })
})

test('the addresses of the preview API lead to the same settings', async () => {
  const legacy = path
    .replace('/api/stacks/', '/api/preview/')
    .replace('/deployments/settings', '/deployment/settings')
  const saved = await world.call('POST', legacy, { body: { tag: 'x' } })
  expect(saved).toMatchObject({ status: 200, body: { tag: 'x' } })
  expect((await get()).body).toEqual(saved.body)
  expect((await world.call('GET', legacy)).body).toEqual(saved.body)
  expect((await world.call('GET', legacy, { token: world.tokens.stranger })).status).toBe(404)
  expect((await world.call('POST', `${legacy}/encrypt`, { body: 'secret' })).status).toBe(200)
  expect((await world.call('DELETE', legacy)).body).toBe(true)
})

test('what is huge, deep or oddly named is refused or kept, and never breaks the server', async () => {
  const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
  const raw = (text: string) => world.call('PUT', path, { raw: text })
  const hostile: readonly [text: string, reason: string][] = [
    [deep(100_000), 'unknown_field'],
    [`{"tag":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'invalid_field'],
    [`{"x":"__proto__","tag":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'unknown_field'],
    ['{"operationContext":{"environmentVariables":{"__proto__":"x"}}}', 'malformed_body'],
    ['{"operationContext":{"environmentVariables":{"__pr\\u006fto__":"x"}}}', 'malformed_body'],
    ['{"constructor":{"prototype":{"isAdmin":true}}}', 'unknown_field'],
    [`{"tag":"${'x'.repeat(900_000)}"}`, 'invalid_field'],
  ]
  for (const [text, reason] of hostile) {
    expect(await raw(text), text.slice(0, 80)).toMatchObject({ status: 400, body: { code: 400, reason } })
  }
  expect(await raw(`{"tag":"${'x'.repeat(1_100_000)}"}`)).toMatchObject({ status: 413, body: { code: 413 } })

  const names = Object.fromEntries(Array.from({ length: 4000 }, (_, index) => [`V${index}`, 'x'.repeat(200)]))
  const variables = { ...names, constructor: 'c', toString: 's', hasOwnProperty: { secret: 'h1' } }
  const saved = await put({ operationContext: { environmentVariables: variables } })
  expect(saved.status).toBe(200)
  expect(saved.body.operationContext.environmentVariables).toEqual({
    ...variables,
    hasOwnProperty: { secret: '', ciphertext: expect.any(String) },
  })
})
