// Another role for previews, and previews that can only read: each token that the program can reach is played at the cloud.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type System, startSystem } from './harness/system.ts'
import { accountTrusting, deploymentRequest, ROLE, subject } from './harness/trusting-role.ts'

const READER = `${ROLE}-reader`
const VAULT = 'https://vault.example.com'
let system: System

beforeAll(async () => {
  system = await startSystem({
    accounts: (issuerUrl) => {
      // Careless on purpose: the writer's role would take a preview's token.
      const writer = accountTrusting(issuerUrl, { subjects: [subject('dev', '*')] }) as Account
      const reader = accountTrusting(issuerUrl, {
        subjects: [subject('dev', 'preview'), subject('dev', 'detect-drift')],
      }) as Account
      return [
        { ...writer, roles: [...writer.roles, ...reader.roles.map((role) => ({ ...role, arn: READER }))] },
      ]
    },
  })
  await system.addStack('dev')
  await put('/api/daypass/orgs/main/audiences', { audiences: [VAULT] })
})
afterAll(() => system?.stop())

interface Account {
  readonly roles: readonly object[]
}

async function put(path: string, body: object): Promise<void> {
  const answer = await system.server.call('PUT', path, body)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer))
}
const identity = (body: object) => put('/api/daypass/stacks/main/shop/dev/identity', body)
const reader = { aws: { roleArn: READER, sessionName: 'reader' } }

/** Plays a token at the writer's role, as any program could. */
const PLAY = `
ask() { curl -s -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL$1" |
  node -e 'let t = ""; process.stdin.on("data", (d) => (t += d)).on("end", () => process.stdout.write(JSON.parse(t).value ?? ""))'; }
play() { [ -z "$2" ] && echo "PLAYED $1 none" && return
  echo "PLAYED $1 $(curl -s -o /dev/null -w '%{http_code}' "$AWS_ENDPOINT_URL_STS" -d Action=AssumeRoleWithWebIdentity -d Version=2011-06-15 \\
    -d RoleSessionName=writer --data-urlencode "RoleArn=${ROLE}" --data-urlencode "WebIdentityToken=$2")"; }
play variable "$PULUMI_OIDC_TOKEN"
play file "$(cat /mnt/pulumi/* 2>/dev/null)"
play request "$(ask "")"
play named "$(ask "&audience=main")"
play azure "$(curl -s -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "\${ACTIONS_ID_TOKEN_REQUEST_URL%%\\?*}/azure" | grep -o 'eyJ[^"]*')"
play other "$(ask "&audience=${encodeURIComponent(VAULT)}")"
`

async function preview(operation: string): Promise<readonly string[]> {
  const ended = await system.deploy(
    'dev',
    deploymentRequest(
      { repoUrl: system.repoUrl, awsUrl: system.aws.url },
      {
        operation,
        context: { preRunCommands: [PLAY, 'node whoami.mjs > caller.txt; echo "WAS $(cat caller.txt)"'] },
      },
    ),
  )
  expect(ended.status, ended.log).toBe('succeeded')
  return [...ended.log.matchAll(/^(?:PLAYED|WAS) .*$/gm)].map(([line]) => line)
}

const AS_READER = 'WAS arn:aws:sts::123456789012:assumed-role/shop-reader/reader'
const AS_WRITER = 'WAS arn:aws:sts::123456789012:assumed-role/shop/shop-dev'

test('a preview takes the role that it was given, and a program could still play its token at a careless one', async () => {
  await identity({ operations: { preview: reader }, audiences: [VAULT] })
  expect(await preview('preview')).toEqual([
    'PLAYED variable 200',
    'PLAYED file 200',
    'PLAYED request 200',
    'PLAYED named 200',
    'PLAYED azure 200',
    'PLAYED other 400',
    AS_READER,
  ])
  expect((await preview('update')).at(-1)).toBe(AS_WRITER)
})

test('with readOnlyPreviews it holds none that the cloud takes, in a preview or a drift run; an update goes on as before', async () => {
  await identity({ operations: { preview: reader }, audiences: [VAULT], readOnlyPreviews: true })
  for (const operation of ['preview', 'detect-drift']) {
    expect(await preview(operation)).toEqual([
      'PLAYED variable none',
      'PLAYED file none',
      'PLAYED request none',
      'PLAYED named none',
      'PLAYED azure none',
      'PLAYED other 400',
      AS_READER,
    ])
  }
  const update = await preview('update')
  expect(update.at(-1)).toBe(AS_WRITER)
  expect(update).toContain('PLAYED variable 200')
})
