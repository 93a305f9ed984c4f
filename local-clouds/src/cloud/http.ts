/** What the local clouds share of HTTP: bounded bodies, JSON answers, a server that dies with its program. */

import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { jsonObject } from '@daypass/contract/json-object.ts'

export interface CloudAnswer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface CloudRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
  /** Of a form or a JSON object; undefined when there is neither, or a field stands twice. */
  readonly fields: Readonly<Record<string, unknown>> | undefined
}

/** PEM texts. */
export interface CloudTls {
  readonly key: string
  readonly cert: string
}

/** What each of them is started with. */
export interface CloudOptions<Config> {
  readonly config: Config
  /** By default one that is free. */
  readonly port?: number
  /** Azure's SDKs ask for tokens by https only. */
  readonly tls?: CloudTls
  readonly now: () => Date
  readonly fetch: typeof globalThis.fetch
  readonly randomBytes: (count: number) => Uint8Array
  /** Gets a line for each request; never a token. */
  readonly log?: (line: string) => void
}

export interface CloudServer {
  /** `http://127.0.0.1:4300`, or https. */
  readonly url: string
  readonly close: () => Promise<void>
}

const LARGEST_BODY_BYTES = 128 * 1024

export async function startCloudServer(options: {
  /** 0: any free one. */
  readonly port: number
  readonly tls: CloudTls | undefined
  readonly now: () => Date
  readonly answer: (request: CloudRequest) => Promise<CloudAnswer>
  readonly log: (line: string) => void
}): Promise<CloudServer> {
  const listener: RequestListener = (message, response) => {
    readRequest(message)
      .then((request) => (request ? options.answer(request) : TOO_LARGE))
      .catch((error: unknown) => {
        // Its text could hold what was sent, so only its kind is logged.
        options.log(`The request failed: ${error instanceof Error ? error.name : 'unknown'}.`)
        return FAILED
      })
      .then(({ status, body, headers }) => {
        const text = JSON.stringify(body)
        response.writeHead(status, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          'cache-control': 'no-store',
          // Of this cloud's clock: who asks learns from it how far their own is off.
          date: options.now().toUTCString(),
          ...headers,
        })
        response.end(text)
      })
  }
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener)
  server.requestTimeout = 30_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', () => resolve())
  })
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

const TOO_LARGE: CloudAnswer = {
  status: 413,
  body: { error: 'invalid_request', error_description: 'Too large.' },
}
const FAILED: CloudAnswer = { status: 500, body: { error: 'server_error', error_description: 'It failed.' } }

async function readRequest(message: IncomingMessage): Promise<CloudRequest | undefined> {
  const body = await boundedBody(message, LARGEST_BODY_BYTES)
  if (body === undefined) return undefined
  const { pathname, searchParams } = new URL(message.url ?? '/', 'http://local')
  return {
    method: message.method ?? 'GET',
    path: decodeURIComponent(pathname),
    query: searchParams,
    authorization: message.headers.authorization,
    fields: fieldsOf(body.toString('utf8'), message.headers['content-type'] ?? ''),
  }
}

/** Undefined when it is larger. */
export async function boundedBody(
  message: IncomingMessage,
  largestBytes: number,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // Read to the end but keep nothing, so that the answer reaches whoever is still sending.
    if (bytes <= largestBytes) chunks.push(chunk)
    else if (bytes > 16 * largestBytes) return undefined
  }
  return bytes > largestBytes ? undefined : Buffer.concat(chunks)
}

function fieldsOf(text: string, type: string): Readonly<Record<string, unknown>> | undefined {
  if (/^application\/json\b/i.test(type)) return jsonObject(text)
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return undefined
  const entries = [...new URLSearchParams(text)]
  return new Set(entries.map(([name]) => name)).size === entries.length
    ? Object.fromEntries(entries)
    : undefined
}
