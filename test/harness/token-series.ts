/**
 * A deployment that exchanges one fresh token after the other with a relying party, while its server's key is rotated, and
 * then an emergency: the key that signs is revoked. What is asserted is what the party said.
 */

import { createPrivateKey, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { SignJWT } from 'jose'
import type { GoodClaims, TokenSigner } from '../../local-clouds/src/issuer/issuer-for-tests.ts'
import { listSigningKeys } from '../../server/src/issuer/keys.sql.ts'
import { sealContext } from '../../server/src/issuer/keys.ts'
import { statesOf } from '../../server/src/issuer/lifecycle.ts'
import { publicJwkOf } from '../../server/src/issuer/signer.ts'
import { openMasterKey } from '../../server/src/secrets/master-key.ts'
import type { ServerOptions } from './server.ts'
import type { Ended, System } from './system.ts'
import { subject } from './trusting-role.ts'

const MASTER_KEY = randomBytes(32).toString('base64')

/** A server whose keys are rotated within seconds, and whose master key the test has. */
export const QUICK_ROTATION: ServerOptions = {
  env: { DAYPASS_MASTER_KEY: MASTER_KEY },
  flags: ['--key-lead-seconds', '4', '--jwks-max-age-seconds', '2'],
}

/** The key that signs now, opened as only the server can: to make what an issuer never makes. */
export async function signerOf({ database }: System): Promise<TokenSigner> {
  const masterKey = await openMasterKey({ kind: 'value', value: MASTER_KEY }, randomBytes)
  const { rows, at } = await listSigningKeys(database.db)
  const signing = statesOf(rows, at).find(({ state }) => state === 'signing')?.key
  if (!signing?.sealedPrivateKey) throw new Error('No key signs.')
  const { kid, sealedPrivateKey } = signing
  const der = masterKey.unwrap(sealedPrivateKey, sealContext(kid))
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return { kid, privateKey, publicJwk: { ...publicJwkOf(privateKey) } }
}

/** A token that anybody would believe who believes the key. */
export function goodTokenOf({ kid, privateKey }: TokenSigner, claims: GoodClaims): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' }).sign(privateKey)
}

/** What the token of an update of `main/shop/dev` says. */
export function claimsOf({ server }: System, audience: string): GoodClaims {
  const iat = Math.floor(Date.now() / 1000)
  return {
    iss: `${server.url}/oidc`,
    aud: audience,
    sub: subject('dev', 'update'),
    stackId: 'main/shop/dev',
    iat,
    nbf: iat - 60,
    exp: iat + 300,
    jti: randomUUID(),
  }
}

/**
 * A program that goes on exchanging until ten tokens of a second key were taken, and says at the end what came of all.
 *
 * @param exchange Source of an async function from a token to what the party said: `ok` where it was let in.
 */
export function seriesProgram(audience: string, exchange: string): string {
  return `
const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = process.env
const exchange = ${exchange}
const said = {}
const kids = []
for (let later = 0, until = Date.now() + 60_000; later < 10 && Date.now() < until; ) {
  const answer = await fetch(url + "&audience=" + encodeURIComponent(${JSON.stringify(audience)}), { headers: { authorization: "Bearer " + bearer } })
  const { value } = await answer.json()
  const { kid } = JSON.parse(Buffer.from(value.split(".")[0], "base64url"))
  if (!kids.includes(kid)) kids.push(kid)
  if (kids.length > 1) later += 1
  const word = await exchange(value)
  if (said[word] === undefined) console.log("FIRST", word)
  said[word] = (said[word] ?? 0) + 1
  await new Promise((resolve) => setTimeout(resolve, 250))
}
console.log("SERIES", kids.length, JSON.stringify(said))
`
}

/** Asks for the deployment, rotates when its series has begun, and waits for its end. */
export async function rotateDuring(
  system: System,
  request: object,
): Promise<Ended & { series: Record<string, number>; keys: number }> {
  const id = await system.request('dev', request)
  const path = `/api/stacks/main/shop/dev/deployments/${id}`
  const deadline = Date.now() + 60_000
  for (;;) {
    const logs = await system.server.call('GET', `${path}/logs`)
    if (JSON.stringify(logs.body).includes('FIRST ok')) break
    const { body } = await system.server.call('GET', path)
    if (Date.now() > deadline || body.status === 'failed')
      throw new Error(`The series did not begin: ${JSON.stringify(logs.body)}`)
    await sleep(100)
  }
  const rotated = await system.server.call('POST', '/api/daypass/issuer/keys/rotate')
  if (rotated.status !== 200) throw new Error(JSON.stringify(rotated.body))
  const ended = await system.ended('dev', id)
  const [, keys = '0', series = '{}'] = /^SERIES (\d+) (.*)$/m.exec(ended.log) ?? []
  return { ...ended, keys: Number(keys), series: JSON.parse(series) }
}

/** In an emergency. Another key signs from now on. */
export async function revokeSigningKey(system: System, kid: string): Promise<void> {
  const revoked = await system.server.call('POST', `/api/daypass/issuer/keys/${kid}/revoke`)
  if (revoked.status !== 200) throw new Error(JSON.stringify(revoked.body))
}
