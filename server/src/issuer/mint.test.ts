import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { MINT_REQUEST as request } from '../../../test/harness/mints.ts'
import { generateSigningKey } from './database-signer.ts'
import { createIssuer } from './mint.ts'
import { type MintRecord, mintRecorder } from './record.ts'

const issuerUrl = 'https://daypass.example.com/oidc'
const now = new Date('2030-01-01T00:00:00Z')
const key = await generateSigningKey()
const retired = await generateSigningKey()
const keys = { active: key, published: [key], allKids: new Set([retired.kid, key.kid]) }

function issuerThatKeeps(write: (record: MintRecord) => Promise<void> = async () => {}) {
  const recorded: MintRecord[] = []
  const record = mintRecorder(async (records) => {
    for (const one of records) {
      await write(one)
      recorded.push(one)
    }
  })
  const randomUuid = () => crypto.randomUUID()
  return { issuer: createIssuer({ issuerUrl, keys, record, now: () => now, randomUuid }), recorded }
}

const { issuer } = issuerThatKeeps()
const published = createLocalJWKSet(issuer.jwks() as JSONWebKeySet)
const believe = async (token: string, secondsLater = 0, audience = 'contoso') =>
  jwtVerify(token, published, {
    issuer: issuerUrl,
    audience,
    algorithms: ['RS256'],
    currentDate: new Date(now.getTime() + secondsLater * 1000),
  })

test('who reads our key set believes the token, and learns which stack is deploying', async () => {
  const { token } = await issuer.mint(request)
  const { payload, protectedHeader } = await believe(token)
  expect(payload.sub).toBe('pulumi:deploy:org:contoso:project:core:stack:dev:operation:update:scope:write')
  expect(protectedHeader).toEqual({ alg: 'RS256', kid: key.kid, typ: 'JWT' })
})

test('a token for an exchange is good for five minutes and not a second more', async () => {
  const { token } = await issuer.mint(request)
  await believe(token, 299)
  await expect(believe(token, 300)).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' })
})

test('a token for the job is good for fifteen minutes and not a second more', async () => {
  const { token } = await issuer.mint({ ...request, purpose: 'job' })
  await believe(token, 899)
  await expect(believe(token, 900)).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' })
})

test('a party whose clock is a minute slow believes the token, with two minutes it does not', async () => {
  const { token } = await issuer.mint(request)
  await believe(token, -60)
  await expect(believe(token, -120)).rejects.toMatchObject({ code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' })
})

test('a token for one audience is no use at another, nor at one in another case', async () => {
  const { token } = await issuer.mint(request)
  for (const audience of ['sts.amazonaws.com', 'Contoso']) {
    await expect(believe(token, 0, audience)).rejects.toMatchObject({
      code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    })
  }
})

test('each mint is another token with its own id', async () => {
  const minted = await Promise.all(Array.from({ length: 50 }, () => issuer.mint(request)))
  expect(new Set(minted.map(({ token }) => token)).size).toBe(50)
  expect(new Set(minted.map(({ jti }) => jti)).size).toBe(50)
})

test('what is answered beside the token is what the token says', async () => {
  const minted = await issuer.mint({ ...request, purpose: 'job', audience: 'https://idp.example.com/a' })
  const said = decodeJwt(minted.token)
  expect(minted).toEqual({
    token: minted.token,
    jti: said.jti,
    subject: said.sub,
    audience: said.aud,
    lifetimeSeconds: (said.exp ?? 0) - (said.iat ?? 0),
    expiresAt: new Date((said.exp ?? 0) * 1000),
  })
})

test('the record says what the token says', async () => {
  const { issuer, recorded } = issuerThatKeeps()
  const said = decodeJwt((await issuer.mint({ ...request, purpose: 'job' })).token)
  expect(recorded).toEqual([
    {
      jti: said.jti,
      kid: key.kid,
      organizationId: request.organizationId,
      stackId: request.stackId,
      deploymentId: request.deploymentId,
      subject: said.sub,
      audience: said.aud,
      purpose: 'job',
      issuedAtSeconds: said.iat,
      expiresAtSeconds: said.exp,
    },
  ])
})

test('without a record there is no token', async () => {
  const { issuer } = issuerThatKeeps(() => Promise.reject(new Error('connection terminated')))
  await expect(issuer.mint(request)).rejects.toThrow('connection terminated')
})

test('an identity that cannot be said without forgery is neither signed nor recorded', async () => {
  const { issuer, recorded } = issuerThatKeeps()
  await expect(issuer.mint({ ...request, stack: 'dev:operation:destroy' })).rejects.toThrow(TypeError)
  expect(recorded).toEqual([])
})

test('a subject longer than Google takes is minted: other clouds take it', async () => {
  const { token, subject } = await issuer.mint({
    ...request,
    project: 'p'.repeat(100),
    stack: 's'.repeat(100),
  })
  expect(subject.length).toBeGreaterThan(127)
  expect((await believe(token)).payload.sub).toBe(subject)
})

test('our keys are recognized by their ids, the retired one too, and no other', () => {
  expect(issuer.isOurKid(key.kid)).toBe(true)
  expect(issuer.isOurKid(retired.kid)).toBe(true)
  for (const other of ['', 'k1', key.kid.toLowerCase(), `${key.kid} `])
    expect(issuer.isOurKid(other)).toBe(false)
})

test("the issuer's own token says who it is and for whom, and nothing of a stack", async () => {
  const { issuer: own, recorded } = issuerThatKeeps()
  const { token, jti } = await own.mintForPublication('sts.amazonaws.com')
  const { payload } = await believe(token, 299, 'sts.amazonaws.com')
  const iat = now.getTime() / 1000
  expect(payload).toEqual({
    iss: issuerUrl,
    sub: 'daypass:issuer:publish',
    aud: 'sts.amazonaws.com',
    iat,
    nbf: iat - 60,
    exp: iat + 300,
    jti,
  })
  const nobody = '00000000-0000-0000-0000-000000000000'
  expect(recorded).toEqual([
    {
      jti,
      kid: key.kid,
      organizationId: nobody,
      stackId: nobody,
      deploymentId: nobody,
      subject: 'daypass:issuer:publish',
      audience: 'sts.amazonaws.com',
      purpose: 'publish',
      issuedAtSeconds: iat,
      expiresAtSeconds: iat + 300,
    },
  ])
  await expect(own.mintForPublication('')).rejects.toThrow(TypeError)
  const unrecorded = issuerThatKeeps(async () => {
    throw new Error('the database is gone')
  })
  await expect(unrecorded.issuer.mintForPublication('x')).rejects.toThrow('gone')
})
