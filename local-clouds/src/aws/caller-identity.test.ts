import { createHash, createHmac } from 'node:crypto'
import { GetCallerIdentityCommand, type STSClientConfig } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import { ACCOUNT, refusalOf, startWorld, type World } from './world-for-tests.ts'

type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken: string }

async function keysOf(world: World): Promise<Keys> {
  const { Credentials: credentials } = await world.assume()
  return {
    accessKeyId: credentials?.AccessKeyId ?? '',
    secretAccessKey: credentials?.SecretAccessKey ?? '',
    sessionToken: credentials?.SessionToken ?? '',
  }
}

function whoAmI(world: World, credentials: Partial<Keys>, config: STSClientConfig = {}) {
  return world.sts({ ...config, credentials: credentials as Keys }).send(new GetCallerIdentityCommand({}))
}

/** Another letter at one place. */
function altered(text: string, place: number): string {
  const at = place < 0 ? text.length + place : place
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
}

test('the credentials say who they are', async () => {
  const world = await startWorld()
  const answer = await whoAmI(world, await keysOf(world))
  expect(answer.Account).toBe(ACCOUNT)
  expect(answer.Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/deploy/daypass-1`)
  expect(answer.UserId).toMatch(/^AROA[A-Z2-7]{17}:daypass-1$/)
})

test('credentials whose session is over are refused', async () => {
  const world = await startWorld()
  const keys = await keysOf(world)
  world.wait(3601)
  expect(await refusalOf(whoAmI(world, keys))).toMatchObject({
    name: 'ExpiredToken',
    status: 403,
    message: 'The security token included in the request is expired',
  })
})

test('a wrong secret key is refused', async () => {
  const world = await startWorld()
  const keys = await keysOf(world)
  const refusal = await refusalOf(
    whoAmI(world, { ...keys, secretAccessKey: altered(keys.secretAccessKey, 0) }),
  )
  expect(refusal).toMatchObject({ name: 'SignatureDoesNotMatch', status: 403 })
  expect(refusal.message).toContain('does not match the signature you provided')
})

test('an altered session token is refused, wherever it is altered', async () => {
  const world = await startWorld()
  const keys = await keysOf(world)
  const { sessionToken } = keys
  const places = [0, 10, 20, 60, Math.floor(sessionToken.length / 2), -30, -5, -3]
  const tokens = [
    ...places.map((place) => altered(sessionToken, place)),
    `${sessionToken}A`,
    `${sessionToken}==`,
    'AAAA',
    '',
  ]
  for (const token of tokens) {
    expect(await refusalOf(whoAmI(world, { ...keys, sessionToken: token }))).toMatchObject({
      name: 'InvalidClientTokenId',
      status: 403,
    })
  }
})

test('keys of one session are no use with the token of another', async () => {
  const world = await startWorld()
  const [one, other] = [await keysOf(world), await keysOf(world)]
  expect(await refusalOf(whoAmI(world, { ...one, sessionToken: other.sessionToken }))).toMatchObject({
    name: 'InvalidClientTokenId',
  })
  const mixed = { ...one, secretAccessKey: other.secretAccessKey }
  expect(await refusalOf(whoAmI(world, mixed))).toMatchObject({ name: 'SignatureDoesNotMatch' })
})

test('credentials of another start of the program are refused', async () => {
  const [world, another] = [await startWorld(), await startWorld()]
  expect(await refusalOf(whoAmI(world, await keysOf(another)))).toMatchObject({
    name: 'InvalidClientTokenId',
  })
})

test('permanent credentials are unknown here', async () => {
  const world = await startWorld()
  const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x'.repeat(40) }
  expect(await refusalOf(whoAmI(world, keys))).toMatchObject({ name: 'InvalidClientTokenId', status: 403 })
})

test.each([
  [
    -16 * 60,
    /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)$/,
  ],
  [
    16 * 60,
    /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 15 min\.\)$/,
  ],
])('a signature whose clock is %i seconds off is refused', async (seconds, message) => {
  const world = await startWorld()
  const refusal = await refusalOf(whoAmI(world, await keysOf(world), { systemClockOffset: seconds * 1000 }))
  expect(refusal).toMatchObject({ name: 'SignatureDoesNotMatch', status: 403 })
  expect(refusal.message).toMatch(message)
})

test.each([-14 * 60, 14 * 60])('a signature whose clock is %i seconds off is taken', async (seconds) => {
  const world = await startWorld()
  expect((await whoAmI(world, await keysOf(world), { systemClockOffset: seconds * 1000 })).Account).toBe(
    ACCOUNT,
  )
})

test('a region is part of the scope, whichever it is', async () => {
  const world = await startWorld()
  expect((await whoAmI(world, await keysOf(world), { region: 'eu-central-1' })).Account).toBe(ACCOUNT)
})

// --- by hand, for what the SDK would never send ---------------------------------------------------------------------------

const BODY = 'Action=GetCallerIdentity&Version=2011-06-15'

async function post(world: World, headers: Record<string, string>, body = BODY) {
  const response = await fetch(world.aws.url, { method: 'POST', headers, body })
  const xml = await response.text()
  return {
    status: response.status,
    code: /<Code>(.*?)<\/Code>/.exec(xml)?.[1],
    xml,
    headers: response.headers,
  }
}

/** Signs by the recipe of AWS's documentation, apart from the server's code. */
function signed(
  world: World,
  keys: Keys,
  changes: { service?: string; day?: string; headers?: Record<string, string> } = {},
) {
  const date = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  const scope = `${changes.day ?? date.slice(0, 8)}/us-east-1/${changes.service ?? 'sts'}/aws4_request`
  const headers: Record<string, string> = {
    host: new URL(world.aws.url).host,
    'x-amz-date': date,
    'x-amz-security-token': keys.sessionToken,
    ...changes.headers,
  }
  const names = Object.keys(headers).sort()
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const canonical = [
    'POST',
    '/',
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    hash(BODY),
  ]
  const toSign = ['AWS4-HMAC-SHA256', date, scope, hash(canonical.join('\n'))].join('\n')
  const key = scope
    .split('/')
    .reduce<Buffer | string>(
      (parent, part) => createHmac('sha256', parent).update(part).digest(),
      `AWS4${keys.secretAccessKey}`,
    )
  const signature = createHmac('sha256', key).update(toSign).digest('hex')
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}

test('a signature made by hand is taken, so server and SDK do not merely share a mistake', async () => {
  const world = await startWorld()
  const answer = await post(world, signed(world, await keysOf(world)))
  expect(answer).toMatchObject({ status: 200 })
  expect(answer.xml).toContain('<Account>123456789012</Account>')
  expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/)
})

test('a request that was changed after it was signed is refused', async () => {
  const world = await startWorld()
  const headers = signed(world, await keysOf(world), { headers: { 'x-amz-meta': 'a' } })
  expect((await post(world, headers)).status).toBe(200)
  expect((await post(world, { ...headers, 'x-amz-meta': 'b' })).code).toBe('SignatureDoesNotMatch')
  expect((await post(world, headers, `${BODY}&More=1`)).code).toBe('SignatureDoesNotMatch')
})

test('a signature for another service or another day is refused', async () => {
  const world = await startWorld()
  const keys = await keysOf(world)
  const other = await post(world, signed(world, keys, { service: 's3' }))
  expect(other).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' })
  expect(other.xml).toContain('scoped to correct service')
  const yesterday = await post(world, signed(world, keys, { day: '20200101' }))
  expect(yesterday.xml).toContain('Date in Credential scope does not match')
})

test('a request that says otherwise of its body is refused', async () => {
  const world = await startWorld()
  const headers = signed(world, await keysOf(world), {
    headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
  })
  expect((await post(world, headers)).code).toBe('SignatureDoesNotMatch')
})

test('an unsigned request has no identity', async () => {
  const world = await startWorld()
  expect(await post(world, {})).toMatchObject({ status: 403, code: 'MissingAuthenticationToken' })
})

test.each<[string, (headers: Record<string, string>) => Record<string, string>]>([
  ['another scheme', (headers) => ({ ...headers, authorization: 'Bearer x' })],
  [
    'no signature',
    ({ authorization = '', ...rest }) => ({
      ...rest,
      authorization: authorization.replace(/, Signature=.*/, ''),
    }),
  ],
  [
    'a short signature',
    ({ authorization = '', ...rest }) => ({ ...rest, authorization: authorization.slice(0, -1) }),
  ],
  [
    'a part twice',
    ({ authorization = '', ...rest }) => ({
      ...rest,
      authorization: `${authorization}, Signature=${'0'.repeat(64)}`,
    }),
  ],
  ['no date', ({ 'x-amz-date': _, ...rest }) => rest],
  [
    'a malformed credential',
    ({ authorization = '', ...rest }) => ({
      ...rest,
      authorization: authorization.replace('/us-east-1', ''),
    }),
  ],
  [
    'a host that is not signed',
    ({ authorization = '', ...rest }) => ({ ...rest, authorization: authorization.replace('host;', '') }),
  ],
  [
    'a session token that is not signed',
    ({ authorization = '', ...rest }) => ({
      ...rest,
      authorization: authorization.replace(';x-amz-security-token', ''),
    }),
  ],
])('%s is an incomplete signature', async (_, change) => {
  const world = await startWorld()
  const headers = change(signed(world, await keysOf(world)))
  expect(await post(world, headers)).toMatchObject({ status: 400, code: 'IncompleteSignature' })
})

test('a presigned query is taken for as long as it says', async () => {
  const world = await startWorld()
  const keys = await keysOf(world)
  const url = presigned(world, keys, 60)
  expect((await fetch(url)).status).toBe(200)
  const forged = url.replace(/X-Amz-Expires=60/, 'X-Amz-Expires=600')
  expect(await (await fetch(forged)).text()).toContain('SignatureDoesNotMatch')
  world.wait(62)
  expect(await (await fetch(url)).text()).toContain('Signature expired')
})

function presigned(world: World, keys: Keys, expiresSeconds: number): string {
  const date = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  const scope = `${date.slice(0, 8)}/us-east-1/sts/aws4_request`
  const query = Object.entries({
    Action: 'GetCallerIdentity',
    Version: '2011-06-15',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${keys.accessKeyId}/${scope}`,
    'X-Amz-Date': date,
    'X-Amz-Expires': String(expiresSeconds),
    'X-Amz-Security-Token': keys.sessionToken,
    'X-Amz-SignedHeaders': 'host',
  })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const canonical = ['GET', '/', query, `host:${new URL(world.aws.url).host}`, '', 'host', hash('')].join(
    '\n',
  )
  const toSign = ['AWS4-HMAC-SHA256', date, scope, hash(canonical)].join('\n')
  const key = scope
    .split('/')
    .reduce<Buffer | string>(
      (parent, part) => createHmac('sha256', parent).update(part).digest(),
      `AWS4${keys.secretAccessKey}`,
    )
  return `${world.aws.url}/?${query}&X-Amz-Signature=${createHmac('sha256', key).update(toSign).digest('hex')}`
}
