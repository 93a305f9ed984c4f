// A relying party that is not ours: what docs/guides/openbao.md says of OpenBao, done with OpenBao.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { badTokens, FAULTS, type Fault } from './harness/bad-tokens.ts'
import { type OpenBao, startOpenBao } from './harness/openbao.ts'
import { type System, startSystem } from './harness/system.ts'
import {
  claimsOf,
  goodTokenOf,
  QUICK_ROTATION,
  revokeSigningKey,
  rotateDuring,
  seriesProgram,
  signerOf,
} from './harness/token-series.ts'
import { deploymentRequest, subject } from './harness/trusting-role.ts'

const AUDIENCE = 'https://vault.example.com'
let system: System | undefined
let bao: OpenBao | undefined
let missing = ''

beforeAll(async () => {
  const started = await startOpenBao()
  if ('missing' in started) {
    missing = started.missing
    return
  }
  bao = started
  system = await startSystem({ server: QUICK_ROTATION })
  for (const stack of ['dev', 'prod']) await system.addStack(stack)
  const put = async (path: string, body: object) => {
    const answer = await system?.server.call('PUT', path, body)
    if (answer?.status !== 200) throw new Error(JSON.stringify(answer))
  }
  await put('/api/daypass/orgs/main/audiences', { audiences: [AUDIENCE, 'other'] })
  for (const stack of ['dev', 'prod'])
    await put(`/api/daypass/stacks/main/shop/${stack}/identity`, { audiences: [AUDIENCE, 'other'] })

  await bao.admin('POST', 'sys/auth/jwt', { type: 'jwt' })
  await bao.admin('POST', 'auth/jwt/config', {
    oidc_discovery_url: `${system.server.url}/oidc`,
    // Without it OpenBao does not look at the issuer of a token that its keys verify.
    bound_issuer: `${system.server.url}/oidc`,
  })
  const policy = 'path "secret/data/shop-dev" { capabilities = ["read"] }'
  await bao.admin('POST', 'sys/policies/acl/shop-dev', { policy })
  await bao.admin('POST', 'auth/jwt/role/shop-dev', {
    role_type: 'jwt',
    user_claim: 'stackId',
    bound_audiences: [AUDIENCE],
    bound_subject: subject('dev', 'update'),
    token_policies: ['shop-dev'],
    token_ttl: '15m',
  })
  for (const name of ['shop-dev', 'billing'])
    await bao.admin('POST', `secret/data/${name}`, { data: { word: `${name}-word` } })
}, 400_000)
afterAll(async () => {
  await system?.stop()
  await bao?.stop()
})

/** As a program does it: asks for a token, logs in with it, and reads. */
const LOGIN = `async (jwt) => {
  const answer = await fetch(process.env.BAO + "/v1/auth/jwt/login", { method: "POST", body: JSON.stringify({ role: "shop-dev", jwt }) })
  session = (await answer.json()).auth?.client_token
  return answer.ok ? "ok" : String(answer.status)
}`
const PROGRAM = `
const { BAO, AUDIENCE, ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = process.env
let session
const token = async (audience) => (await (await fetch(url + "&audience=" + encodeURIComponent(audience),
  { headers: { authorization: "Bearer " + bearer } })).json()).value
const login = ${LOGIN}
const read = async (name) => {
  const answer = await fetch(BAO + "/v1/secret/data/" + name, { headers: { "x-vault-token": session } })
  return answer.status + " " + ((await answer.json()).data?.data.word ?? "nothing")
}
console.log("SAID good", await login(await token(AUDIENCE)))
if (session) for (const name of ["shop-dev", "billing"]) console.log("SAID read", name, await read(name))
console.log("SAID other audience", await login(await token("other")))
`

function requestOf(program: string, operation = 'update'): object {
  if (!system || !bao) return {}
  const context = {
    environmentVariables: { BAO: bao.url, AUDIENCE },
    preRunCommands: [
      `cat > /tmp/bao.mjs <<'EOF'\n${program}\nEOF\nnode /tmp/bao.mjs; echo -n x > caller.txt`,
    ],
  }
  return deploymentRequest(
    { repoUrl: system.repoUrl, awsUrl: system.aws.url },
    { aws: null, context, operation },
  )
}

async function said(stack: string, operation?: string): Promise<readonly string[]> {
  if (!system) return []
  const ended = await system.deploy(stack, requestOf(PROGRAM, operation))
  expect(ended.status, ended.log).toBe('succeeded')
  return [...ended.log.matchAll(/^SAID (.*)$/gm)].map(([, words]) => words ?? '')
}

test('a deployment reads the one secret and not the other', async ({ skip }) => {
  skip(!bao, missing)
  expect(await said('dev')).toEqual([
    'good ok',
    'read shop-dev 200 shop-dev-word',
    'read billing 403 nothing',
    'other audience 400',
  ])
})

test('another operation and another stack are not let in', async ({ skip }) => {
  skip(!bao, missing)
  expect(await said('dev', 'preview')).toEqual(['good 400', 'other audience 400'])
  expect(await said('prod')).toEqual(['good 400', 'other audience 400'])
})

async function login(jwt: string): Promise<string> {
  const answer = await fetch(`${bao?.url}/v1/auth/jwt/login`, {
    method: 'POST',
    body: JSON.stringify({ role: 'shop-dev', jwt }),
  })
  return answer.ok ? 'ok' : String(answer.status)
}

/**
 * Each means what a good one means, and the issuer makes none of them: a key that fits is looked for, audiences may be a list
 * (RFC 7519, section 4.1.3), of a claim that stands twice the last one counts (section 4), and a token may be long.
 */
const TAKES_AS_GOOD: readonly Fault[] = [
  'no key id',
  'an audience in a list',
  'an audience among others',
  'a subject twice, a false one first',
  'a megabyte',
]

test('no bad token lets anybody in, though the issuer’s own key signed it', async ({ skip }) => {
  skip(!bao, missing)
  if (!system) return
  const signer = await signerOf(system)
  const good = claimsOf(system, AUDIENCE)
  expect(await login(await goodTokenOf(signer, good))).toBe('ok')
  const bad = await badTokens(signer, good)
  const letIn: Fault[] = []
  for (const fault of FAULTS) if ((await login(bad[fault])) === 'ok') letIn.push(fault)
  expect(letIn).toEqual(TAKES_AS_GOOD)
})

test('a rotation in the middle of a series of logins refuses none of them', async ({ skip }) => {
  skip(!bao, missing)
  if (!system) return
  const program = `let session\n${seriesProgram(AUDIENCE, LOGIN)}`
  const { keys, series, log } = await rotateDuring(system, requestOf(program))
  expect(series, log).toEqual({ ok: expect.any(Number) })
  expect(keys).toBe(2)
  expect(series['ok']).toBeGreaterThan(20)
})

test('a key that was revoked is not believed from the first token of the next one on', async ({ skip }) => {
  skip(!bao, missing)
  if (!system) return
  const lost = await signerOf(system)
  const stolen = (): Promise<string> => goodTokenOf(lost, claimsOf(system as System, AUDIENCE))
  expect(await login(await stolen())).toBe('ok')
  await revokeSigningKey(system, lost.kid)
  expect(await login(await goodTokenOf(await signerOf(system), claimsOf(system, AUDIENCE)))).toBe('ok')
  expect(await login(await stolen())).toBe('400')
})
