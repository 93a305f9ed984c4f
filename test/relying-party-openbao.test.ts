// A relying party that is not ours: what docs/manual-exchange.md says of OpenBao, done with OpenBao.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenBao, startOpenBao } from './harness/openbao.ts'
import { type System, startSystem } from './harness/system.ts'
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
  system = await startSystem()
  for (const stack of ['dev', 'prod']) await system.addStack(stack)
  const put = async (path: string, body: object) => {
    const answer = await system?.server.call('PUT', path, body)
    if (answer?.status !== 200) throw new Error(JSON.stringify(answer))
  }
  await put('/api/daypass/orgs/main/audiences', { audiences: [AUDIENCE, 'other'] })
  for (const stack of ['dev', 'prod'])
    await put(`/api/daypass/stacks/main/shop/${stack}/identity`, { audiences: [AUDIENCE, 'other'] })

  await bao.admin('POST', 'sys/auth/jwt', { type: 'jwt' })
  await bao.admin('POST', 'auth/jwt/config', { oidc_discovery_url: `${system.server.url}/oidc` })
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

/** As a program does it: asks for a token, logs in with it (or with what is made of it), and reads. */
const PROGRAM = `
const { BAO, AUDIENCE, ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = process.env
const token = async (audience) => (await (await fetch(url + "&audience=" + encodeURIComponent(audience),
  { headers: { authorization: "Bearer " + bearer } })).json()).value
const login = async (jwt) => {
  const answer = await fetch(BAO + "/v1/auth/jwt/login", { method: "POST", body: JSON.stringify({ role: "shop-dev", jwt }) })
  return { status: answer.status, token: (await answer.json()).auth?.client_token }
}
const read = async (session, name) => {
  const answer = await fetch(BAO + "/v1/secret/data/" + name, { headers: { "x-vault-token": session } })
  return answer.status + " " + ((await answer.json()).data?.data.word ?? "nothing")
}
const text = (value) => Buffer.from(JSON.stringify(value)).toString("base64url")
const good = await token(AUDIENCE)
const [header, payload, signature] = good.split(".")
const claims = JSON.parse(Buffer.from(payload, "base64url"))
const { status, token: session } = await login(good)
console.log("SAID good", status)
if (session) for (const name of ["shop-dev", "billing"]) console.log("SAID read", name, await read(session, name))
const bad = {
  audience: await token("other"),
  altered: [header, text({ ...claims, sub: claims.sub.replace(":update:", ":destroy:") }), signature].join("."),
  none: [text({ alg: "none" }), payload, ""].join("."),
  kid: [text({ alg: "RS256", kid: "unknown" }), payload, signature].join("."),
}
for (const [name, jwt] of Object.entries(bad)) console.log("SAID", name, (await login(jwt)).status)
`

async function said(stack: string, operation = 'update'): Promise<readonly string[]> {
  if (!system || !bao) return []
  const context = {
    environmentVariables: { BAO: bao.url, AUDIENCE },
    preRunCommands: [
      `cat > /tmp/bao.mjs <<'EOF'\n${PROGRAM}\nEOF\nnode /tmp/bao.mjs; echo -n x > caller.txt`,
    ],
  }
  const request = deploymentRequest(
    { repoUrl: system.repoUrl, awsUrl: system.aws.url },
    { aws: null, context, operation },
  )
  const ended = await system.deploy(stack, request)
  expect(ended.status, ended.log).toBe('succeeded')
  return [...ended.log.matchAll(/^SAID (.*)$/gm)].map(([, words]) => words ?? '')
}

const REFUSED = ['audience 400', 'altered 400', 'none 400', 'kid 400']

test('a deployment reads the one secret and not the other, and no token but its own lets it in', async ({
  skip,
}) => {
  skip(!bao, missing)
  expect(await said('dev')).toEqual([
    'good 200',
    'read shop-dev 200 shop-dev-word',
    'read billing 403 nothing',
    ...REFUSED,
  ])
})

test('another operation and another stack are not let in', async ({ skip }) => {
  skip(!bao, missing)
  expect(await said('dev', 'preview')).toEqual(['good 400', ...REFUSED])
  expect(await said('prod')).toEqual(['good 400', ...REFUSED])
})
