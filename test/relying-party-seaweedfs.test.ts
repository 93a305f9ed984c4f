// A relying party that is not ours: credentials from the STS of SeaweedFS, in place of AWS's, and objects in its S3.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { badTokens, FAULTS, type Fault } from './harness/bad-tokens.ts'
import { type SeaweedFs, startSeaweedFs } from './harness/seaweedfs.ts'
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

const ROLE = 'arn:aws:iam::123456789012:role/shop-dev'
let system: System | undefined
let store: SeaweedFs | undefined
let missing = ''

beforeAll(async () => {
  system = await startSystem({
    server: QUICK_ROTATION,
    moreClouds: async (issuerUrl) => {
      const started = await startSeaweedFs({
        issuerUrl,
        audience: 'main',
        roleArn: ROLE,
        subject: subject('dev', 'update'),
        buckets: ['shop-dev', 'billing'],
      })
      if ('missing' in started) {
        missing = started.missing
        return { runnerFlags: [], close: async () => undefined }
      }
      store = started
      // Given twice, the last one counts: this is the STS, and not the local AWS.
      return { runnerFlags: ['--aws-sts-url', started.url], close: started.stop }
    },
  })
  for (const stack of ['dev', 'prod']) await system.addStack(stack)
}, 400_000)
afterAll(() => system?.stop())

/** Signed by curl, as any S3 client signs. */
const s3 = (words: string, path: string) =>
  `curl -s -o /tmp/answer -w "%{http_code}" --aws-sigv4 aws:amz:us-east-1:s3 --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "x-amz-security-token: $AWS_SESSION_TOKEN" ${words} "$STORE/${path}"`

function deploy(running: System, url: string, stack: string) {
  const request = deploymentRequest(
    { repoUrl: running.repoUrl, awsUrl: url },
    {
      aws: { roleArn: ROLE, duration: '2h' },
      context: {
        environmentVariables: { STORE: url },
        preRunCommands: [
          `echo "SAID put $(${s3('-T - -H "Content-Type: text/plain"', 'shop-dev/greeting').replace('curl', 'echo -n hello | curl')})"`,
          `echo "SAID get $(${s3('', 'shop-dev/greeting')}) $(cat /tmp/answer)"`,
          `echo "SAID other $(${s3('', 'billing/greeting')})"`,
          'echo -n x > caller.txt',
        ],
      },
    },
  )
  return running.deploy(stack, request)
}

test('a deployment writes and reads an object of its bucket, and is refused at another', async ({ skip }) => {
  skip(!store, missing)
  if (!system || !store) return
  const ended = await deploy(system, store.url, 'dev')
  expect(ended.status, ended.log).toBe('succeeded')
  expect([...ended.log.matchAll(/^SAID (.*)$/gm)].map(([, words]) => words)).toEqual([
    'put 200',
    'get 200 hello',
    'other 403',
  ])
})

test('another stack gets no credentials, and the log says what its token said', async ({ skip }) => {
  skip(!store, missing)
  if (!system || !store) return
  const ended = await deploy(system, store.url, 'prod')
  expect(ended.failure?.code, ended.log).toBe('aws_refused')
  expect(ended.log).toContain(subject('prod', 'update'))
})

/** What a program of the deployment does when it asks by itself, as every SDK of AWS does. */
const ASSUME = `async (token) => {
  const form = { Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15", RoleArn: "${ROLE}", RoleSessionName: "series", WebIdentityToken: token }
  const answer = await fetch(process.env.STORE, { method: "POST", body: new URLSearchParams(form) })
  return answer.ok && (await answer.text()).includes("<SecretAccessKey>") ? "ok" : String(answer.status)
}`

async function assume(token: string): Promise<string> {
  const answer = await fetch(store?.url ?? '', {
    method: 'POST',
    body: new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: ROLE,
      RoleSessionName: 'by-hand',
      WebIdentityToken: token,
    }),
  })
  return answer.ok && (await answer.text()).includes('<SecretAccessKey>') ? 'ok' : String(answer.status)
}

test('no bad token gets credentials, though the issuer’s own key signed it', async ({ skip }) => {
  skip(!store, missing)
  if (!system) return
  const signer = await signerOf(system)
  const good = claimsOf(system, 'main')
  expect(await assume(await goodTokenOf(signer, good))).toBe('ok')
  const bad = await badTokens(signer, good)
  const letIn: Fault[] = []
  for (const fault of FAULTS) if ((await assume(bad[fault])) === 'ok') letIn.push(fault)
  // Of a claim that stands twice the last one counts (RFC 7519, section 4), and a token may be long.
  expect(letIn).toEqual(['a subject twice, a false one first', 'a megabyte'])
})

test('a rotation in the middle of a series of exchanges refuses none of them', async ({ skip }) => {
  skip(!store, missing)
  if (!system || !store) return
  const program = seriesProgram('main', ASSUME)
  const request = deploymentRequest(
    { repoUrl: system.repoUrl, awsUrl: store.url },
    {
      aws: { roleArn: ROLE, duration: '2h' },
      context: {
        environmentVariables: { STORE: store.url },
        preRunCommands: [
          `cat > /tmp/series.mjs <<'EOF'\n${program}\nEOF\nnode /tmp/series.mjs; echo -n x > caller.txt`,
        ],
      },
    },
  )
  const { keys, series, log } = await rotateDuring(system, request)
  expect(series, log).toEqual({ ok: expect.any(Number) })
  expect(keys).toBe(2)
  expect(series['ok']).toBeGreaterThan(20)
})

test('a key that was revoked is not believed from the first token of the next one on', async ({ skip }) => {
  skip(!store, missing)
  if (!system) return
  const running = system
  const lost = await signerOf(running)
  const stolen = (): Promise<string> => goodTokenOf(lost, claimsOf(running, 'main'))
  expect(await assume(await stolen())).toBe('ok')
  await revokeSigningKey(running, lost.kid)
  expect(await assume(await goodTokenOf(await signerOf(running), claimsOf(running, 'main')))).toBe('ok')
  expect(await assume(await stolen())).not.toBe('ok')
})
