// Manual exchange: what a deployment finds to speak OpenID Connect with anybody, and for whom it gets no token.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type System, startSystem } from './harness/system.ts'
import { accountTrusting, deploymentRequest, subject } from './harness/trusting-role.ts'

const VAULT = 'https://vault.example.com'
let system: System

beforeAll(async () => {
  system = await startSystem({
    accounts: (issuerUrl) => [accountTrusting(issuerUrl, { subjects: [subject('dev', 'update')] })],
  })
  for (const stack of ['dev', 'manual', 'none']) await system.addStack(stack)
  await allow('/api/daypass/orgs/main/audiences', [VAULT, 'sts.internal'])
  for (const stack of ['dev', 'manual'])
    await allow(`/api/daypass/stacks/main/shop/${stack}/identity`, [VAULT])
})
afterAll(() => system?.stop())

async function allow(path: string, audiences: readonly string[]): Promise<void> {
  const answer = await system.server.call('PUT', path, { audiences })
  if (answer.status !== 200) throw new Error(JSON.stringify(answer))
}

const deploy = (stack: string, preRunCommands: readonly string[], aws?: null) =>
  system.deploy(
    stack,
    deploymentRequest(
      { repoUrl: system.repoUrl, awsUrl: system.aws.url },
      {
        context: { preRunCommands: [...preRunCommands, 'echo -n x > caller.txt'] },
        ...(aws === null && { aws }),
      },
    ),
  )

/** Asks as GitHub's own toolkit does, and prints what the token says: the token itself the log would hide. */
const REQUEST = `request() {
  curl -sS -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL$1"
}
said() { node -e 'let t = ""; process.stdin.on("data", (d) => (t += d)).on("end", () => {
  const { value, message } = JSON.parse(t)
  if (!value) return console.log("REFUSED " + message)
  const { aud, sub, exp, iat } = JSON.parse(Buffer.from(value.split(".")[1], "base64url"))
  console.log("SAID " + [aud, sub, exp - iat].join(" "))
})'; }
`

test('a token for each audience that the stack has, and a refusal for any other, by the request URL', async () => {
  const ended = await deploy('dev', [
    `${REQUEST} request "&audience=${encodeURIComponent(VAULT)}" | said; request "" | said; request "&audience=sts.internal" | said`,
    'curl -s -o /dev/null -w "without a token: %{http_code}\\n" "$ACTIONS_ID_TOKEN_REQUEST_URL"',
    'echo "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" | base64 -w0; echo; echo "plain: $ACTIONS_ID_TOKEN_REQUEST_TOKEN"',
  ])
  expect(ended.status, ended.log).toBe('succeeded')
  expect(ended.log).toContain(`On request also for ${VAULT}\n`)
  expect(ended.log).toContain(`SAID ${VAULT} ${subject('dev', 'update')} 900`)
  expect(ended.log).toContain(`SAID main ${subject('dev', 'update')} 900`)
  expect(ended.log).toMatch(
    /REFUSED This stack may have no token for "sts\.internal", only for "main", "https:/,
  )
  expect(ended.log).toContain('without a token: 401')
  expect(ended.log).toContain('plain: [secret]')
  expect(ended.log).not.toMatch(/dpr-[0-9a-f]{40}|ZHBy[A-Za-z0-9+/]{20}/)
  const { rows } = await system.database.db.query(
    `select audience, purpose from mints where deployment_id = $1 and audience <> 'main'`,
    [ended.id],
  )
  expect(rows).toEqual([{ audience: VAULT, purpose: 'job' }])
})

test('a stack without an oidc block has only what was allowed: no token unasked, none for the organization', async () => {
  const ended = await deploy(
    'manual',
    [
      'echo "[$PULUMI_OIDC_TOKEN$PULUMI_OIDC_TOKEN_FILE$PULUMI_DEPLOY_OIDC_CONFIG]"; ls -A /mnt/pulumi | wc -l',
      `${REQUEST} request "&audience=${encodeURIComponent(VAULT)}" | said; request "&audience=main" | said; request "" | said`,
    ],
    null,
  )
  expect(ended.status, ended.log).toBe('succeeded')
  expect(ended.log).toContain('[]\n0\n')
  expect(ended.log).toContain(`SAID ${VAULT} ${subject('manual', 'update')} 900`)
  expect(ended.log).toMatch(/REFUSED This stack may have no token for "main"/)
  expect(ended.log).toMatch(/REFUSED Say for whom/)
})

test('without either there is nothing to ask, and steps before the user’s own have none of it', async () => {
  const names = 'env | grep -c "^ACTIONS_ID_TOKEN" || true'
  const ended = await deploy('none', [names], null)
  expect(ended.status, ended.log).toBe('succeeded')
  expect(ended.steps).not.toContain('Fetch credentials via OIDC')
  expect(ended.log).toContain('\n0\n')
})
