/** An OIDC issuer for tests: real keys, served over real HTTP, with everything that can go wrong at will. */
import type { KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

/** An issuer's key, as only a test has it. */
export interface TokenSigner {
  readonly kid: string
  readonly privateKey: CryptoKey | KeyObject
  readonly publicJwk: JWK
}

/** What a good token says; numbers are seconds. */
export interface GoodClaims extends Readonly<Record<string, unknown>> {
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly iat: number
}

export interface TestIssuer {
  readonly url: string
  /** Paths that were asked for, in order. */
  readonly asked: string[]
  /** What is served; may be changed between requests. */
  readonly serves: {
    discovery: Record<string, unknown>
    jwks: { keys: JWK[] }
    status: number
    cacheControl: string | undefined
    location?: string
    /** Before each answer. */
    delayMs?: number
  }
  /** What its tokens say, unless something else is asked for. */
  readonly claims: () => GoodClaims
  /** Its newest key. */
  readonly signer: () => TokenSigner
  /** Signs with the newest key unless the header says otherwise. Claims that are undefined are left out. */
  readonly token: (
    claims?: Record<string, unknown>,
    header?: { kid?: string; alg?: string },
  ) => Promise<string>
  /** A new key, published unless said otherwise. */
  readonly rotate: (options?: { readonly published: boolean }) => Promise<string>
  readonly close: () => Promise<void>
}

export const SUBJECT = 'pulumi:deploy:org:acme:project:web:stack:dev:operation:update:scope:write'

const newKey = () => generateKeyPair('RS256', { extractable: true })
let shared: ReturnType<typeof newKey> | undefined

/** Making a key takes longer than most tests, so issuers begin with the same one. */
function firstKey(): ReturnType<typeof newKey> {
  shared ??= newKey()
  return shared
}

export async function startTestIssuer(now: () => Date): Promise<TestIssuer> {
  const asked: string[] = []
  let signing: TokenSigner | undefined
  let made = 0
  const serves: TestIssuer['serves'] = {
    discovery: {},
    jwks: { keys: [] },
    status: 200,
    cacheControl: 'public, max-age=300',
  }

  const server = createServer(async (request, response) => {
    asked.push(request.url ?? '')
    if (serves.delayMs !== undefined) await sleep(serves.delayMs, undefined, { ref: false })
    const body = request.url === '/oidc/jwks' ? serves.jwks : serves.discovery
    response.writeHead(serves.status, {
      'content-type': 'application/json',
      ...(serves.cacheControl && { 'cache-control': serves.cacheControl }),
      ...(serves.location && { location: serves.location }),
    })
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/oidc`
  serves.discovery = {
    issuer: url,
    jwks_uri: `${url}/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  }

  async function rotate({ published } = { published: true }): Promise<string> {
    const { publicKey, privateKey } = await (made === 0 ? firstKey() : newKey())
    made += 1
    const kid = `key-${made}`
    const publicJwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' }
    signing = { kid, privateKey, publicJwk }
    if (published) serves.jwks.keys.push(publicJwk)
    return kid
  }
  await rotate()

  function signer(): TokenSigner {
    if (!signing) throw new Error('There is no key.')
    return signing
  }

  function claims() {
    const seconds = Math.floor(now().getTime() / 1000)
    const times = { iat: seconds, nbf: seconds - 60, exp: seconds + 300 }
    return { iss: url, aud: 'acme', sub: SUBJECT, ...times, jti: 'one' }
  }

  return {
    url,
    asked,
    serves,
    rotate,
    claims,
    signer,
    async token(changes = {}, header = {}) {
      const { kid, privateKey } = signer()
      const all = Object.entries({ ...claims(), ...changes })
      const present = Object.fromEntries(all.filter(([, value]) => value !== undefined))
      return new SignJWT(present).setProtectedHeader({ alg: 'RS256', kid, ...header }).sign(privateKey)
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}
