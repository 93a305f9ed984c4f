// A whole deployment, as a user's script would ask for it: real server, runner, sandbox, pulumi, git and local AWS.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { daypass } from './harness/daypass.ts'
import { type System, startSystem } from './harness/system.ts'
import { accountTrusting, deploymentRequest, subject } from './harness/trusting-role.ts'

let system: System
let made: { repoUrl: string; awsUrl: string }

beforeAll(async () => {
  const subjects = ['update', 'preview', 'refresh', 'destroy'].map((operation) => subject('dev', operation))
  system = await startSystem({ accounts: (issuerUrl) => [accountTrusting(issuerUrl, { subjects })] })
  made = { repoUrl: system.repoUrl, awsUrl: system.aws.url }
  await system.addStack('dev')
})
afterAll(() => system?.stop())

test('an update runs in steps on temporary credentials, and the program had the identity of its stack', async () => {
  const ended = await system.deploy('dev', deploymentRequest(made))
  expect(ended.status, ended.log).toBe('succeeded')
  expect(ended.steps).toEqual([
    'Setup',
    'Fetch credentials via OIDC',
    'Get source',
    'Download dependencies',
    'Pre-run command 1',
    'pulumi update',
  ])
  expect(ended.log).toContain(`arn:aws:sts::123456789012:assumed-role/shop/shop-dev`)
  const { body } = await system.server.call('GET', '/api/stacks/main/shop/dev/export')
  const stack = body.deployment.resources.find(
    (resource: { type: string }) => resource.type === 'pulumi:pulumi:Stack',
  )
  expect(stack.outputs).toEqual({ callerArn: 'arn:aws:sts::123456789012:assumed-role/shop/shop-dev' })

  // What AWS would write down about that session leads back.
  const traced = await daypass(['audit', 'trace', stack.outputs.callerArn, '--json'], {
    server: system.server,
  })
  expect(traced, traced.stderr).toMatchObject({
    code: 0,
    json: {
      deployments: [{ id: ended.id, stack: 'main/shop/dev', operation: 'update', requestedBy: 'admin' }],
    },
  })
})

test.each(['preview', 'refresh', 'destroy'])(
  '%s runs with a token of its own operation',
  async (operation) => {
    const ended = await system.deploy('dev', deploymentRequest(made, { operation }))
    expect(ended.status, ended.log).toBe('succeeded')
    expect(ended.steps.at(-1)).toBe(`pulumi ${operation}`)
    expect(ended.log).toContain(subject('dev', operation))
  },
)

test('the update that a deployment made is linked to it', async () => {
  const ended = await system.deploy('dev', deploymentRequest(made))
  const { body } = await system.server.call(
    'GET',
    `/api/stacks/main/shop/dev/deployments/${ended.id}/updates`,
  )
  expect(body[0]).toMatchObject({ info: { kind: 'update', result: 'succeeded' } })
})

test('only pre-run commands and the program get credentials and tokens', async () => {
  const names =
    'env | grep -oE "^(AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|CONTAINER_[A-Z_]+)|PULUMI_(ACCESS_TOKEN|OIDC_TOKEN|OIDC_TOKEN_FILE))=" | sort | tr "\\n" " "'
  const context = {
    preRunCommands: [
      names,
      'test -s /mnt/pulumi/pulumi.oidc && echo file-is-there',
      'node whoami.mjs > caller.txt',
    ],
  }
  const ended = await system.deploy(
    'dev',
    deploymentRequest(made, {
      context: {
        ...context,
        environmentVariables: { AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL_STS: made.awsUrl },
      },
    }),
  )
  expect(ended.status, ended.log).toBe('succeeded')
  expect(ended.log).toContain(
    'AWS_CONTAINER_AUTHORIZATION_TOKEN= AWS_CONTAINER_CREDENTIALS_FULL_URI= PULUMI_ACCESS_TOKEN= PULUMI_OIDC_TOKEN= PULUMI_OIDC_TOKEN_FILE=',
  )
  expect(ended.log).toContain('file-is-there')
})

test('without an oidc block there is no step, no token and no file', async () => {
  const context = {
    preRunCommands: [
      'echo "[$PULUMI_OIDC_TOKEN$PULUMI_OIDC_TOKEN_FILE]"; ls -A /mnt/pulumi | wc -l; echo -n nobody > caller.txt',
    ],
  }
  const ended = await system.deploy('dev', deploymentRequest(made, { aws: null, context }))
  expect(ended.status, ended.log).toBe('succeeded')
  expect(ended.steps).not.toContain('Fetch credentials via OIDC')
  expect(ended.log).toContain('[]\n0\n')
})

test('a secret variable reaches the job and is blotted from the log, raw and encoded', async () => {
  const context = {
    environmentVariables: { API_KEY: { secret: 'correct horse battery' } },
    preRunCommands: [
      'echo "key: $API_KEY $(echo -n "$API_KEY" | base64) ${#API_KEY}"; echo -n nobody > caller.txt',
    ],
  }
  const ended = await system.deploy('dev', deploymentRequest(made, { aws: null, context }))
  expect(ended.status, ended.log).toBe('succeeded')
  expect(ended.log).not.toMatch(/correct horse|Y29ycmVjdCBob3JzZ/)
  expect(ended.log).toContain('key: [secret] [secret] 21')
})

test('the exact commit that was asked for is checked out', async () => {
  const ended = await system.deploy(
    'dev',
    deploymentRequest(made, { git: { branch: undefined, commit: system.commit } }),
  )
  expect(ended.status, ended.log).toBe('succeeded')
  expect(ended.log).toContain(system.commit)
})

test('two deployments of one stack run one after the other, in the order asked for', async () => {
  const ids = [
    await system.request('dev', deploymentRequest(made)),
    await system.request('dev', deploymentRequest(made)),
  ]
  const [first, second] = [await system.ended('dev', ids[0] ?? ''), await system.ended('dev', ids[1] ?? '')]
  expect([first.status, second.status]).toEqual(['succeeded', 'succeeded'])
  const { rows } = await system.database.db.query<{ startedAt: Date; endedAt: Date }>(
    'select started_at as "startedAt", ended_at as "endedAt" from deployments where id = any($1) order by seq',
    [ids],
  )
  const [one, other] = rows
  expect(other?.startedAt.getTime()).toBeGreaterThanOrEqual(
    one?.endedAt.getTime() ?? Number.POSITIVE_INFINITY,
  )
})

test('a cancel reaches a running pulumi within seconds, and its stack is free again', async () => {
  const context = { preRunCommands: ['echo waiting; sleep 60'] }
  const id = await system.request('dev', deploymentRequest(made, { context }))
  await system.waitFor(
    'dev',
    id,
    ({ jobs }) => jobs?.[0]?.steps.some(({ name }) => name === 'Pre-run command 1') ?? false,
  )
  const asked = Date.now()
  expect(
    (await system.server.call('POST', `/api/stacks/main/shop/dev/deployments/${id}/cancel`)).status,
  ).toBeLessThan(300)
  const ended = await system.ended('dev', id)
  expect(ended.status).toBe('failed')
  expect(ended.log).toMatch(/cancel/i)
  expect(Date.now() - asked).toBeLessThan(10_000)
  expect((await system.deploy('dev', deploymentRequest(made))).status).toBe('succeeded')
})
