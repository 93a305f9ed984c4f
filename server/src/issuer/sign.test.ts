import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { compactVerify, decodeProtectedHeader } from 'jose'
import { expect, test } from 'vitest'
import { databaseSigner, generateSigningKey } from './database-signer.ts'
import { signWith } from './sign.ts'

const key = await generateSigningKey()
const publicKey = createPublicKey(key.privateKey)

test('what was signed can be verified, and says what was asked, letters beyond ASCII included', async () => {
  const claims = { sub: 'a:b', aud: 'Zürich ✓', iat: 1_900_000_000 }
  const { payload } = await compactVerify(await signWith(key)(claims), publicKey)
  expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(claims)
})

test('the header names the algorithm and the key, and nothing that a reader could follow', async () => {
  const token = await signWith(key)({ sub: 'a' })
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', kid: key.kid, typ: 'JWT' })
})

test('an altered token does not verify', async () => {
  const [header, , signature] = (await signWith(key)({ sub: 'dev' })).split('.')
  const forged = Buffer.from(JSON.stringify({ sub: 'prod' })).toString('base64url')
  await expect(compactVerify(`${header}.${forged}.${signature}`, publicKey)).rejects.toMatchObject({
    code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  })
})

test('the event loop goes on while many tokens are signed', async () => {
  const sign = signWith(key)
  let turns = 0
  const count = () => {
    turns += 1
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  await Promise.all(Array.from({ length: 64 }, (_, number) => sign({ number })))
  clearImmediate(timer)
  expect(turns).toBeGreaterThan(10)
})

test.each([
  ['the public part', publicKey.export({ format: 'der', type: 'spki' })],
  [
    'an elliptic curve key',
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'der', type: 'pkcs8' }),
  ],
])('%s cannot sign RS256', (_name, unfit) => {
  expect(() => databaseSigner.open(unfit)).toThrow()
})
