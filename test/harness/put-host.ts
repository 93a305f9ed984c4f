/**
 * A WebDAV host as strict as one can be: who writes must show a token of the issuer, signed by a key that this very host
 * publishes, for this host, by the publisher. What it holds is read by everybody. Folders must be made first (RFC 4918).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'

export interface PutHost {
  readonly url: string
  /** By path. As by a hand, without a token. */
  readonly held: Map<string, Buffer>
  /** `PUT /oidc/.well-known/jwks 201`, in order. */
  readonly requests: string[]
  /** The most requests that wrote at the same time. */
  readonly most: () => number
  /** While it is set, writes are answered with it. */
  outage: number | undefined
  readonly close: () => Promise<void>
}

const KEYS = '/.well-known/jwks'

/** @param believes By default a token of the publisher. */
export async function startPutHost(
  believes: (host: PutHost, request: IncomingMessage) => Promise<boolean> = believesPublisher,
): Promise<PutHost> {
  const folders = new Set<string>(['/'])
  let writing = 0
  let most = 0
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host: PutHost = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held: new Map(),
    requests: [],
    most: () => most,
    outage: undefined,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = request
    if (method !== 'GET') most = Math.max(most, ++writing)
    const status = await statusOf(request)
    if (method !== 'GET') writing -= 1
    if (method !== 'GET') host.requests.push(`${method} ${path} ${status}`)
    const body = method === 'GET' && status === 200 ? host.held.get(path) : ''
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  }

  async function statusOf(request: IncomingMessage): Promise<number> {
    const { method, url: path = '' } = request
    if (method === 'GET') return host.held.has(path) ? 200 : 404
    const body = await bodyOf(request)
    if (host.outage !== undefined) return host.outage
    if (!(await believes(host, request))) return 401
    const parent = path.replace(/[^/]+\/?$/, '')
    if (method === 'MKCOL') {
      if (folders.has(path)) return 405
      if (!folders.has(parent)) return 409
      folders.add(path)
      return 201
    }
    if (method !== 'PUT') return 405
    if (!folders.has(parent)) return 409
    const isNew = !host.held.has(path)
    host.held.set(path, body)
    return isNew ? 201 : 204
  }

  return host
}

/** A folder in which somebody uploaded by hand. */
export function uploadByHand(host: PutHost, documents: readonly { path: string; body: Buffer }[]): void {
  for (const { path, body } of documents) host.held.set(path, body)
}

async function believesPublisher(host: PutHost, { headers }: IncomingMessage): Promise<boolean> {
  const [, token] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? []
  const keys = host.held.get(KEYS)
  if (token === undefined || keys === undefined) return false
  const keySet = createLocalJWKSet(JSON.parse(keys.toString()) as JSONWebKeySet)
  return jwtVerify(token, keySet, {
    issuer: host.url,
    audience: host.url,
    subject: 'daypass:issuer:publish',
  }).then(
    () => true,
    () => false,
  )
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
