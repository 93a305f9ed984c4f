/** An issuer that is right, and one for each thing that can be wrong with it, over real HTTP. */
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { ExpectedKeys, Finding } from './finding.ts'
import { checkIssuer } from './issuer-check.ts'

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const jwk = (bits = 2048) => ({
  ...generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' }),
  alg: 'RS256',
  use: 'sig',
})
const KEYS = { keys: [{ ...jwk(), kid: 'a' }] }
const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' }

/** @param change Makes it wrong. */
async function serve(change: { discovery?: (issuer: string) => Answer; keys?: Answer }): Promise<string> {
  const server = createServer((request, response) => {
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/oidc`
    const right = { body: { issuer, jwks_uri: `${issuer}/keys` } }
    const answer: Answer | undefined = {
      '/oidc/.well-known/openid-configuration': change.discovery?.(issuer) ?? right,
      '/oidc/keys': change.keys ?? { body: KEYS },
    }[request.url ?? '']
    const text = typeof answer?.body === 'string' ? answer.body : JSON.stringify(answer?.body)
    response.writeHead(answer ? (answer.status ?? 200) : 404, answer?.headers ?? JSON_TYPE).end(text)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/oidc`
}

async function check(issuerUrl: string, expected?: ExpectedKeys): Promise<Finding[]> {
  return checkIssuer({ issuerUrl, expected, fetch, monotonicMs: () => performance.now() })
}

/** Of an issuer on this machine, that it is on this machine is known. */
const notOk = (findings: readonly Finding[]) =>
  findings
    .filter(({ verdict, check: what }) => verdict !== 'ok' && what !== 'https' && what !== 'reachable')
    .map(({ check: what, verdict }) => `${what} ${verdict}`)

test('an issuer that is right passes, but for being on this machine', async () => {
  const findings = await check(await serve({}), { kids: ['a'], leadSeconds: 600 })
  expect(notOk(findings)).toEqual([])
  expect(findings.map(({ check: what }) => what)).toEqual([
    'https',
    'reachable',
    'discovery-type',
    'discovery-time',
    'issuer',
    'jwks-uri',
    'keys-type',
    'keys-time',
    'keys',
    'cache',
    'same-keys',
  ])
})

test.each<[string, Parameters<typeof serve>[0], string[]]>([
  [
    'a slash too many',
    { discovery: (issuer) => ({ body: { issuer: `${issuer}/`, jwks_uri: `${issuer}/keys` } }) },
    ['issuer failed'],
  ],
  ['no discovery document', { discovery: () => ({ status: 404, body: {} }) }, ['discovery failed']],
  [
    'a redirect',
    { discovery: () => ({ status: 302, headers: { location: 'https://elsewhere.example.com' }, body: '' }) },
    ['discovery failed'],
  ],
  ['a page instead of JSON', { discovery: () => ({ body: '<html>' }) }, ['discovery failed']],
  ['no address of the keys', { discovery: (issuer) => ({ body: { issuer } }) }, ['jwks-uri failed']],
  [
    'text/plain',
    { keys: { headers: { ...JSON_TYPE, 'content-type': 'text/plain' }, body: KEYS } },
    ['keys-type warning'],
  ],
  ['no keys', { keys: { body: { keys: [] } } }, ['keys failed']],
  ['a key without kid', { keys: { body: { keys: [jwk()] } } }, ['keys failed']],
  ['two keys of one kid', { keys: { body: { keys: [KEYS.keys[0], KEYS.keys[0]] } } }, ['keys failed']],
  ['a short key', { keys: { body: { keys: [{ ...jwk(1024), kid: 'a' }] } } }, ['keys failed']],
  ['a private part', { keys: { body: { keys: [{ ...KEYS.keys[0], d: 'x' }] } } }, ['keys failed']],
  [
    'no word on keeping them',
    { keys: { headers: { 'content-type': 'application/json' }, body: KEYS } },
    ['cache warning'],
  ],
])('%s is found', async (_what, change, expected) => {
  expect(notOk(await check(await serve(change)))).toEqual(expected)
})

test('keys that are kept for longer than the lead, and keys that are not those of the server', async () => {
  const issuer = await serve({
    keys: { headers: { ...JSON_TYPE, 'cache-control': 'max-age=3600' }, body: KEYS },
  })
  expect(notOk(await check(issuer, { kids: ['a'], leadSeconds: 600 }))).toEqual(['cache failed'])
  expect(notOk(await check(await serve({}), { kids: ['a', 'next'], leadSeconds: 600 }))).toEqual([
    'same-keys failed',
  ])
  expect(notOk(await check(await serve({}), { kids: [], leadSeconds: 600 }))).toEqual(['same-keys warning'])
})

test.each([
  'http://localhost:1/oidc',
  'https://10.1.2.3/oidc',
  'https://daypass.internal/oidc',
  'https://[fd00::1]/x',
])('%s cannot be reached by a cloud', async (issuer) => {
  const refused = () => Promise.reject(new Error('not tried'))
  const options = { issuerUrl: issuer, expected: undefined, fetch: refused, monotonicMs: () => 0 }
  const findings = await checkIssuer(options)
  expect(findings.find(({ check: what }) => what === 'reachable')?.verdict).toBe('failed')
})

test('a server that is not there is said with its reason', async () => {
  const findings = await check('http://127.0.0.1:1/oidc')
  expect(findings.at(-1)).toMatchObject({ check: 'discovery', verdict: 'failed' })
  expect(findings.at(-1)?.sentence).toMatch(/does not answer: .*(?:ECONNREFUSED|bad port)/)
})
