/**
 * The broker: what a job's programs may ask its supervisor for while they run, over HTTP on a Unix socket.
 *
 * Owns the door: one request token a job, one answer a path, and nothing for whoever does not have the token. It is
 * outside of the sandbox, listens on no network, and dies with the job. Does not own what it gives (`id-token-request.ts`,
 * `aws-credentials.ts`), how often, nor how programs reach it (`relay.mjs`).
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { chmod, chown } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type RequestToken, TOKEN_PREFIX } from '@daypass/contract/tokens.ts'
import type { JobUser } from '../../launch/launcher.ts'

export interface BrokerAnswer {
  readonly status: number
  readonly body: object
}

/** Answers a GET. */
export type BrokerRoute = (query: URLSearchParams) => Promise<BrokerAnswer>

export interface Broker {
  /** In the job's environment; good for this job only, and as long as it runs. */
  readonly requestToken: RequestToken
  close(): Promise<void>
}

/** What a job's programs are told. */
export interface BrokerAddress {
  /** Of the relay, as the job sees it: `http://127.0.0.1:40123` */
  readonly url: string
  readonly requestToken: RequestToken
}

export interface BrokerOptions {
  /** In a folder that nobody else can enter. */
  readonly socketPath: string
  /** May connect, as nobody else may but root. */
  readonly user: JobUser
  /** By path. */
  readonly routes: Readonly<Record<string, BrokerRoute>>
  readonly randomBytes: (count: number) => Buffer
  /** For what should not happen. Never gets a token. */
  readonly report: (sentence: string) => void
  /** How long a program may take to send its request. */
  readonly requestTimeoutMs?: number
}

const TOKEN_BYTES = 20
// A job may be hostile to the runner that others share.
const MOST_CONNECTIONS = 256
const LONGEST_HEADERS = 16_384
const REQUEST_TIMEOUT_MS = 10_000

export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { socketPath, user, routes, randomBytes, report, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options
  const requestToken = `${TOKEN_PREFIX.request}${randomBytes(TOKEN_BYTES).toString('hex')}` as RequestToken
  const wanted = digest(`Bearer ${requestToken}`)

  async function answer(request: IncomingMessage): Promise<BrokerAnswer> {
    const given = digest((request.headers.authorization ?? '').replace(/^bearer /i, 'Bearer '))
    if (!timingSafeEqual(given, wanted))
      return refusal(401, 'Send this job’s request token as a bearer token.')
    // As it was sent: nothing is resolved, decoded or made shorter.
    const [path = '', query] = (request.url ?? '').split(/\?(.*)/s)
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (route === undefined) return refusal(404, 'There is nothing at this path.')
    if (request.method !== 'GET') return refusal(405, 'Ask with GET.')
    return route(new URLSearchParams(query))
  }

  const limits = {
    maxHeaderSize: LONGEST_HEADERS,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: requestTimeoutMs / 4,
  }
  const server = createServer(limits, (request, response) => {
    request.resume()
    answer(request)
      .catch((error: unknown) => {
        report(`A request of the job could not be answered: ${String(error)}`)
        return refusal(500, 'The runner could not answer.')
      })
      .then((answered) => send(response, answered))
  })
  server.maxConnections = MOST_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, () => resolve())
  })
  await chmod(socketPath, 0o600)
  await chown(socketPath, user.uid, user.gid)
  return {
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
