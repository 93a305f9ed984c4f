import { createPublicKey } from 'node:crypto'
import Fastify from 'fastify'
import { calculateJwkThumbprint } from 'jose'
import { expect, test } from 'vitest'
import { generateSigningKey } from './database-signer.ts'
import { createIssuer } from './mint.ts'
import { pathBelow } from './path.ts'
import { issuerRoutes } from './routes.ts'

const key = await generateSigningKey()

async function serve(urls: { baseUrl: string; issuerUrl: string }, prefix = '') {
  const config = { ...urls, keyRotation: { maxAgeSeconds: 300 } }
  const issuer = createIssuer({
    issuerUrl: config.issuerUrl,
    keys: { active: key, published: [key], allKids: new Set([key.kid]) },
    record: async () => {},
    now: () => new Date(),
    randomUuid: () => crypto.randomUUID(),
  })
  const app = Fastify()
  await app.register(async (scope) => issuerRoutes(scope, { config, issuer }), { prefix })
  return app
}
const usual = { baseUrl: 'https://h.example.com', issuerUrl: 'https://h.example.com/oidc' }

test('discovery says what a relying party needs, its issuer letter by letter', async () => {
  const answer = await (await serve(usual)).inject('/oidc/.well-known/openid-configuration')
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({
    issuer: 'https://h.example.com/oidc',
    jwks_uri: 'https://h.example.com/oidc/.well-known/jwks',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    claims_supported:
      'iss sub aud iat nbf exp jti org project stack stackId operation deployment scope urn:daypass:deployment_id urn:daypass:trigger urn:daypass:actor urn:daypass:repository urn:daypass:commit urn:daypass:ref urn:daypass:pull_request urn:daypass:template_stack https://aws.amazon.com/tags'.split(
        ' ',
      ),
    scopes_supported: ['openid'],
  })
})

test('the key set holds the public part of our key under its thumbprint, and nothing of the private one', async () => {
  const { keys } = (await (await serve(usual)).inject('/oidc/.well-known/jwks')).json()
  const { n, e } = createPublicKey(key.privateKey).export({ format: 'jwk' })
  expect(keys).toEqual([{ kty: 'RSA', n, e, kid: key.kid, alg: 'RS256', use: 'sig' }])
  expect(await calculateJwkThumbprint(keys[0])).toBe(key.kid)
})

test.each(['openid-configuration', 'jwks'])(
  '%s is JSON that anybody may keep for five minutes',
  async (name) => {
    const answer = await (await serve(usual)).inject(`/oidc/.well-known/${name}`)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
    })
  },
)

test('the issuer is what was configured, whatever host a request names', async () => {
  const headers = {
    host: 'evil.example.com',
    'x-forwarded-host': 'evil.example.com',
    'x-forwarded-proto': 'http',
  }
  const answer = await (await serve(usual)).inject({ url: '/oidc/.well-known/openid-configuration', headers })
  expect(answer.body).not.toContain('evil')
})

test('the documents are found where the issuer URL says, with the prefix of the base URL and without', async () => {
  const config = { baseUrl: 'https://h.example.com/daypass', issuerUrl: 'https://h.example.com/daypass/oidc' }
  const withPrefix = await (await serve(config, '/daypass')).inject('/daypass/oidc/.well-known/jwks')
  const stripped = await (await serve(config)).inject('/oidc/.well-known/jwks')
  expect([withPrefix.statusCode, stripped.statusCode]).toEqual([200, 200])
})

test.each([
  ['https://h', 'https://h/oidc', '/oidc'],
  ['https://h/daypass', 'https://h/daypass/oidc', '/oidc'],
  ['https://h/daypass', 'https://h/daypass', ''],
  ['https://h/daypass', 'https://h/daypass2/oidc', '/daypass2/oidc'],
  ['https://h/daypass', 'https://id.example.com', ''],
  ['https://h', 'https://id.example.com/teams/a', '/teams/a'],
])('below %s the issuer %s lies at %j', (baseUrl, issuerUrl, path) => {
  expect(pathBelow(baseUrl, issuerUrl)).toBe(path)
})
