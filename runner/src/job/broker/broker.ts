/**
 * The broker: what a job's programs may ask its supervisor for while they run, over HTTP on 127.0.0.1.
 *
 * Owns the door: one request token a job, one answer a path, and nothing for whoever does not have the token. It is
 * outside of the sandbox and dies with the job. Does not own what it gives (`id-token-request.ts`, `aws-credentials.ts`), nor how
 * often.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type RequestToken, TOKEN_PREFIX } from '@daypass/contract/tokens.ts'

export interface BrokerAnswer {
  readonly status: number
  readonly body: object
}

/** Answers a GET. */
export type BrokerRoute = (query: URLSearchParams) => Promise<BrokerAnswer>

export interface Broker {
  /** `http://127.0.0.1:40123` */
  readonly url: string
  /** In the job's environment; good for this job only, and as long as it runs. */
  readonly requestToken: RequestToken
  close(): Promise<void>
}

export interface BrokerOptions {
  /** By path. */
  readonly routes: Readonly<Record<string, BrokerRoute>>
  readonly randomBytes: (count: number) => Buffer
  /** For what should not happen. Never gets a token. */
  readonly report: (sentence: string) => void
}

const TOKEN_BYTES = 20

export async function openBroker({ routes, randomBytes, report }: BrokerOptions): Promise<Broker> {
  const requestToken = `${TOKEN_PREFIX.request}${randomBytes(TOKEN_BYTES).toString('hex')}` as RequestToken
  const wanted = digest(`Bearer ${requestToken}`)

  async function answer(request: IncomingMessage): Promise<BrokerAnswer> {
    const given = digest((request.headers.authorization ?? '').replace(/^bearer /i, 'Bearer '))
    if (!timingSafeEqual(given, wanted))
      return refusal(401, 'Send this job’s request token as a bearer token.')
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://broker')
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined
    if (route === undefined) return refusal(404, 'There is nothing at this path.')
    if (request.method !== 'GET') return refusal(405, 'Ask with GET.')
    return route(searchParams)
  }

  const server = createServer({ maxHeaderSize: 16_384, requestTimeout: 10_000 }, (request, response) => {
    request.resume()
    answer(request)
      .catch((error: unknown) => {
        report(`A request of the job could not be answered: ${String(error)}`)
        return refusal(500, 'The runner could not answer.')
      })
      .then((answered) => send(response, answered))
  })
  // A job may be hostile to the runner that others share.
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve())
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requestToken,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

export function refusal(status: number, message: string): BrokerAnswer {
  return { status, body: { code: status, message } }
}

function send(response: ServerResponse, { status, body }: BrokerAnswer): void {
  const text = JSON.stringify(body)
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    })
    .end(text)
}

/** Of equal length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
