/** What relying parties fetch: public, from memory, without a limit, for forged tokens make them fetch often. */
import type { FastifyInstance } from 'fastify'
import { DISCOVERY_PATH, JWKS_PATH } from './discovery.ts'
import type { Issuer } from './issuer.ts'
import { pathBelow } from './path.ts'

/**
 * Serves discovery and JWKS at the path of the issuer URL, read from below the base URL, as all routes are.
 *
 * @param services.config Both URLs without a trailing slash.
 */
export function issuerRoutes(
  app: FastifyInstance,
  services: {
    readonly config: {
      readonly baseUrl: string
      readonly issuerUrl: string
      /** Some relying parties believe no new key for `maxAgeSeconds`, so it is modest. */
      readonly keyRotation: { readonly maxAgeSeconds: number }
    }
    readonly issuer: Issuer
  },
): void {
  const { config, issuer } = services
  const folder = pathBelow(config.baseUrl, config.issuerUrl)
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': `public, max-age=${config.keyRotation.maxAgeSeconds}`,
    // Public keys are for everybody, so a page that debugs tokens may read them too.
    'access-control-allow-origin': '*',
  }
  const documents = [
    [DISCOVERY_PATH, encodedOnce(() => issuer.discovery())],
    [JWKS_PATH, encodedOnce(() => issuer.jwks())],
  ] as const
  for (const [path, body] of documents) {
    app.get(`${folder}${path}`, { config: { public: true } }, (_request, reply) =>
      reply.headers(headers).send(body()),
    )
  }
}

/** Encoded again only when the issuer has another document: a restore brings other keys. */
function encodedOnce(current: () => object): () => Buffer {
  let document: object | undefined
  let body = Buffer.alloc(0)
  return () => {
    const now = current()
    if (now !== document) {
      document = now
      body = Buffer.from(JSON.stringify(now))
    }
    return body
  }
}
