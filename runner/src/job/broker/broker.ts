/**
 * The broker: what a job's programs may ask its supervisor for while they run, over HTTP on a Unix socket.
 *
 * Owns the door: one request token a job, one answer a path, and nothing for whoever does not have the token. It is
 * outside of the sandbox, listens on no network, and dies with the job. Does not own what it gives (`id-token-request.ts`,
 * `aws-credentials.ts`, `azure-access-token.ts`, `google-access-token.ts`), how often, nor how programs reach it (`relay.mjs`).
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

export interface BrokerRequest {
  readonly query: URLSearchParams
  /** Empty where it is a GET. */
  readonly form: URLSearchParams
}

export type BrokerRoute = (asked: BrokerRequest) => Promise<BrokerAnswer>

/** By method and path: `GET /id-token`. */
export type BrokerRoutes = Readonly<Record<`${'GET' | 'POST'} /${string}`, BrokerRoute>>

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
  readonly routes: BrokerRoutes
  readonly randomBytes: (count: number) => Buffer
  /** For what should not happen. Never gets a token. */
  readonly report: (sentence: string) => void
  /** How long a program may take to send its request. */
  readonly requestTimeoutMs?: number
}

const TOKEN_BYTES = 20
// A job may be hostile to the runner that others share.
const MOST_CONNECTIONS = 256
const LONGEST_FORM = 20_000
const LONGEST_HEADERS = 16_384
const REQUEST_TIMEOUT_MS = 10_000

export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { socketPath, user, routes, randomBytes, report, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options
  const requestToken = `${TOKEN_PREFIX.request}${randomBytes(TOKEN_BYTES).toString('hex')}` as RequestToken
  const wanted = digest(requestToken)

  async function answer(request: IncomingMessage): Promise<BrokerAnswer> {
    const form = await readForm(request)
    if (form === undefined) return refusal(413, 'That is more than anybody has to say here.')
    const { inPath, path, query } = readTarget(request.url ?? '')
    const isKnown = presentedTokens(request, form, inPath).some((one) => timingSafeEqual(digest(one), wanted))
    if (!isKnown) return refusal(401, 'Send this job’s request token as a bearer token.')
    const route = routeOf(routes, `${request.method} ${path}`)
    if (route !== undefined) return route({ query, form })
    const methods = (['GET', 'POST'] as const).filter((method) => routeOf(routes, `${method} ${path}`))
    if (methods.length > 0) return refusal(405, `Ask with ${methods.join(' or ')}.`)
    return refusal(404, 'There is nothing at this path.')
  }

  const limits = {
    maxHeaderSize: LONGEST_HEADERS,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: requestTimeoutMs / 4,
  }
  const server = createServer(limits, (request, response) => {
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

/** The URL of a path for programs that can send no header: its first segment is the token. */
export function urlWithToken({ url, requestToken }: BrokerAddress, path: `/${string}`): string {
  return `${url}/${requestToken}${path}`
}

/** As it was sent: nothing is resolved, decoded or made shorter. */
function readTarget(target: string) {
  const [whole = '', search] = target.split(/\?(.*)/s)
  const query = new URLSearchParams(search)
  const [, inPath, rest] = /^\/([^/]+)(\/.*)$/s.exec(whole) ?? []
  return inPath?.startsWith(TOKEN_PREFIX.request)
    ? { inPath, path: rest ?? '', query }
    : { inPath: undefined, path: whole, query }
}

/** Each cloud's libraries have a way of their own to show who asks; it is one token in all of them. */
function presentedTokens(
  { headers }: IncomingMessage,
  form: URLSearchParams,
  inPath: string | undefined,
): readonly string[] {
  const bearer = /^bearer (.*)$/i.exec(headers.authorization ?? '')?.[1]
  const identityHeader = headers['x-identity-header']
  return [bearer, identityHeader, ...form.getAll('subject_token'), inPath].filter(
    (one) => typeof one === 'string',
  )
}

function routeOf(routes: BrokerRoutes, key: string): BrokerRoute | undefined {
  return Object.hasOwn(routes, key) ? routes[key as keyof BrokerRoutes] : undefined
}

/** Undefined when it is too long. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    // The rest is read and thrown away, so that whoever sends it hears the answer.
    if (length <= LONGEST_FORM) chunks.push(chunk)
  }
  return length > LONGEST_FORM ? undefined : new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
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
