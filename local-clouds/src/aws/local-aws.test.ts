import { expect, test } from 'vitest'
import { ROLE, refusalOf, startWorld, type World } from './world-for-tests.ts'

async function ask(world: World, path: string, init: RequestInit = {}) {
  const response = await fetch(`${world.aws.url}${path}`, init)
  const xml = await response.text()
  return {
    status: response.status,
    code: /<Code>(.*?)<\/Code>/.exec(xml)?.[1],
    xml,
    headers: response.headers,
  }
}

// --- keys over HTTP ----------------------------------------------------------------------------------------------------

test('keys are kept as long as the issuer says, and no longer', async () => {
  const world = await startWorld()
  await world.assume()
  await world.assume()
  world.wait(299)
  await world.assume()
  expect(world.issuer.asked).toHaveLength(2)
  world.wait(2)
  await world.assume()
  expect(world.issuer.asked).toHaveLength(4)
})

test('an issuer that forbids keeping is asked each time', async () => {
  const world = await startWorld()
  world.issuer.serves.cacheControl = 'no-store'
  await world.assume()
  await world.assume()
  expect(world.issuer.asked).toHaveLength(4)
})

test('a new key is found at once, by a fresh look', async () => {
  const world = await startWorld()
  await world.assume()
  world.wait(4)
  await world.issuer.rotate()
  expect((await world.assume()).Credentials).toBeDefined()
  expect(world.issuer.asked).toHaveLength(4)
})

test('forged key ids do not make this cloud ask the issuer again and again', async () => {
  const world = await startWorld()
  await world.assume()
  for (let count = 0; count < 20; count += 1) {
    const WebIdentityToken = await world.issuer.token({}, { kid: `forged-${count}` })
    expect(await refusalOf(world.assume({ WebIdentityToken }))).toMatchObject({
      name: 'InvalidIdentityTokenException',
    })
  }
  expect(world.issuer.asked).toHaveLength(2)
})

test('requests at the same time share one fetch', async () => {
  const world = await startWorld()
  await Promise.all(Array.from({ length: 8 }, () => world.assume()))
  expect(world.issuer.asked).toHaveLength(2)
})

test('an issuer that cannot be reached is said to be so', async () => {
  const world = await startWorld()
  const WebIdentityToken = await world.issuer.token()
  await world.issuer.close()
  expect(await refusalOf(world.assume({ WebIdentityToken }))).toMatchObject({
    name: 'IDPCommunicationErrorException',
    status: 400,
  })
  expect(world.log.join('\n')).toContain('ECONNREFUSED')
})

test.each<[string, (serves: World['issuer']['serves'], url: string) => void, string]>([
  [
    'an error',
    (serves) => {
      serves.status = 500
    },
    'answered 500',
  ],
  [
    'nothing',
    (serves) => {
      serves.status = 404
    },
    'answered 404',
  ],
  [
    'another issuer',
    (serves, url) => {
      serves.discovery['issuer'] = `${url}/`
    },
    'names another issuer',
  ],
  ['no key set', (serves) => void delete serves.discovery['jwks_uri'], 'no jwks_uri'],
  [
    'a key set over http elsewhere',
    (serves) => {
      serves.discovery['jwks_uri'] = 'http://10.0.0.1/jwks'
    },
    'no jwks_uri',
  ],
  [
    'a key set in a file',
    (serves) => {
      serves.discovery['jwks_uri'] = 'file:///etc/passwd'
    },
    'no jwks_uri',
  ],
  [
    'no response types',
    (serves) => void delete serves.discovery['response_types_supported'],
    'response_types_supported',
  ],
  [
    'an empty key set',
    (serves) => {
      serves.jwks.keys = []
    },
    'no set of 1 to 100 keys',
  ],
  [
    'too many keys',
    (serves) => {
      serves.jwks.keys = Array.from({ length: 101 }, (_, index) => ({
        ...serves.jwks.keys[0],
        kid: `k${index}`,
      }))
    },
    'no set of 1 to 100 keys',
  ],
  ['the key twice', (serves) => void serves.jwks.keys.push(serves.jwks.keys[0] ?? {}), 'has no key'],
  ['a key without kid', (serves) => void delete serves.jwks.keys[0]?.kid, 'has no key'],
  [
    'a key for encryption',
    (serves) => void Object.assign(serves.jwks.keys[0] ?? {}, { use: 'enc' }),
    'has no key',
  ],
  [
    'a key for RS512',
    (serves) => void Object.assign(serves.jwks.keys[0] ?? {}, { alg: 'RS512' }),
    'has no key',
  ],
])('an issuer that serves %s has no usable key', async (_, spoil, words) => {
  const world = await startWorld()
  spoil(world.issuer.serves, world.issuer.url)
  const refusal = await refusalOf(world.assume())
  expect(refusal).toMatchObject({ name: 'InvalidIdentityTokenException', status: 400 })
  expect(refusal.message).toContain("Couldn't retrieve verification key from your identity provider")
  expect(world.log.join('\n')).toContain(words)
})

test('a redirect is not followed', async () => {
  const world = await startWorld()
  world.issuer.serves.status = 302
  world.issuer.serves.location = `${world.issuer.url}/elsewhere`
  expect(await refusalOf(world.assume())).toMatchObject({ name: 'IDPCommunicationErrorException' })
  expect(world.issuer.asked).toEqual(['/oidc/.well-known/openid-configuration'])
})

test('an issuer that never ends its answer is given up', async () => {
  const world = await startWorld()
  world.issuer.serves.discovery['padding'] = 'x'.repeat(600_000)
  expect(await refusalOf(world.assume())).toMatchObject({ name: 'InvalidIdentityTokenException' })
  expect(world.log.join('\n')).toContain('too much')
})

// --- HTTP -----------------------------------------------------------------------------------------------------------------

test('the leniency for loopback is said aloud', async () => {
  const world = await startWorld()
  expect(world.aws.warnings).toHaveLength(1)
  expect(world.aws.warnings[0]).toContain('AWS itself would not')
  expect(world.aws.warnings[0]).toContain('AWS takes https issuers only')
  expect(world.log[0]).toBe(world.aws.warnings[0])
})

test('AssumeRoleWithWebIdentity is taken by GET too', async () => {
  const world = await startWorld()
  const query = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: ROLE,
    RoleSessionName: 'by-get',
    WebIdentityToken: await world.issuer.token(),
  })
  const answer = await ask(world, `/?${query}`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/xml')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.xml).toContain(
    '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">',
  )
  expect(answer.xml).toMatch(/<Expiration>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ<\/Expiration>/)
})

test.each<[string, RequestInit, number, string]>([
  ['/', {}, 400, 'InvalidAction'],
  ['/?Action=GetSessionToken&Version=2011-06-15', {}, 400, 'InvalidAction'],
  ['/?Action=GetCallerIdentity', {}, 400, 'InvalidAction'],
  ['/?Action=GetCallerIdentity&Version=2010-05-08', {}, 400, 'InvalidAction'],
  ['/sts?Action=GetCallerIdentity&Version=2011-06-15', {}, 400, 'InvalidAction'],
  [
    '/?Action=GetCallerIdentity&Action=GetSessionToken&Version=2011-06-15',
    {},
    400,
    'InvalidParameterCombination',
  ],
  ['/', { method: 'PUT', body: 'x' }, 400, 'InvalidAction'],
  ['/', { method: 'POST', body: 'x'.repeat(70_000) }, 413, 'RequestEntityTooLarge'],
  ['/?Action=AssumeRoleWithWebIdentity&Version=2011-06-15', {}, 400, 'ValidationError'],
  ['/?Action=%3Cb%3E&Version=2011-06-15', {}, 400, 'InvalidAction'],
])('%s %j is answered with %i %s', async (path, init, status, code) => {
  const world = await startWorld()
  const answer = await ask(world, path, init)
  expect(answer).toMatchObject({ status, code })
  expect(answer.xml).toContain('<Type>Sender</Type>')
  expect(answer.xml).not.toContain('<b>')
})

test('only so many requests are remembered', async () => {
  const world = await startWorld()
  for (let count = 0; count < 1005; count += 1) await ask(world, '/')
  expect(world.aws.requests).toHaveLength(1000)
})

test('a caller cannot write lines of its own into the log', async () => {
  const world = await startWorld()
  const query = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: 'a\nfake ok',
  })
  await ask(world, `/?${query}`)
  expect(world.log.at(-1)).toContain('a?fake ok')
})
