/** A cloud that answers what a test wrote down, over real HTTP, and the services of an exchange with a counted mint. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { ExchangeServices } from './exchange.ts'

export const ISSUER = 'https://daypass.example.com/oidc'
export const SUBJECT = 'pulumi:deploy:org:acme:project:web:stack:dev:operation:update:scope:write'
export const EXPIRY = '2030-01-01T01:00:00Z'

export interface Reply {
  readonly status: number
  /** An object is sent as JSON. */
  readonly body: string | object
  readonly headers?: Readonly<Record<string, string>>
}

export interface Asked {
  readonly path: string
  readonly authorization: string | undefined
  readonly type: string | undefined
  readonly body: string
  readonly form: URLSearchParams
}

/** @param replies In turn; the last one goes on. */
export async function startCloud(
  replies: readonly (Reply | 'never' | 'never ends' | 'floods')[],
): Promise<{ readonly url: string; readonly asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { authorization, 'content-type': type } = request.headers
    asked.push({ path: request.url ?? '', authorization, type, body, form: new URLSearchParams(body) })
    const reply = replies[Math.min(asked.length, replies.length) - 1]
    if (reply === undefined || reply === 'never') return
    if (reply === 'floods') {
      response.writeHead(200)
      const more = setInterval(() => response.write(' '.repeat(1_000_000)), 1)
      return void response.once('close', () => clearInterval(more))
    }
    if (reply === 'never ends') return void response.writeHead(200).write('<')
    const isText = typeof reply.body === 'string'
    response
      .writeHead(reply.status, { 'content-type': isText ? 'text/xml' : 'application/json', ...reply.headers })
      .end(isText ? reply.body : JSON.stringify(reply.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

export interface Spied {
  readonly services: ExchangeServices
  /** What was said in the log. */
  readonly said: string[]
  /** What became a secret of the log. */
  readonly hidden: string[]
}

/** Tokens are `jwt-1`, `jwt-2`, …; nobody waits between tries. */
export function spiedServices(): Spied {
  const said: string[] = []
  const hidden: string[] = []
  let minted = 0
  return {
    said,
    hidden,
    services: {
      mint: async () => {
        minted += 1
        return {
          kind: 'ok',
          value: {
            token: `jwt-${minted}`,
            subject: SUBJECT,
            audience: 'acme',
            lifetimeSeconds: 300,
            expiresAt: EXPIRY,
          },
        }
      },
      fetch,
      pause: async () => undefined,
      say: (sentence) => void said.push(sentence),
      hide: (secret) => void hidden.push(secret),
      interrupt: new AbortController().signal,
    },
  }
}
