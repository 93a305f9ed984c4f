/** An OIDC issuer for tests: real keys, served over real HTTP, with everything that can go wrong at will. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

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
  }
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
  let signing: { kid: string; privateKey: CryptoKey } | undefined
  let made = 0
  const serves: TestIssuer['serves'] = {
    discovery: {},
    jwks: { keys: [] },
    status: 200,
    cacheControl: 'public, max-age=300',
  }

  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
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
    signing = { kid, privateKey }
    if (published) serves.jwks.keys.push({ ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' })
    return kid
  }
  await rotate()

  return {
    url,
    asked,
    serves,
    rotate,
    async token(claims = {}, header = {}) {
      if (!signing) throw new Error('There is no key.')
      const seconds = Math.floor(now().getTime() / 1000)
      const all = {
        iss: url,
        aud: 'acme',
        sub: SUBJECT,
        iat: seconds,
        nbf: seconds - 60,
        exp: seconds + 300,
        jti: 'one',
        ...claims,
      }
      const present = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
      return new SignJWT(present)
        .setProtectedHeader({ alg: 'RS256', kid: signing.kid, ...header })
        .sign(signing.privateKey)
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}
