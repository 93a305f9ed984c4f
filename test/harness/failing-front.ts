/** Stands before a cloud and answers some of its POSTs, which are exchanges, with errors of its own; the rest it passes on. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { CloudTls } from '../../local-clouds/src/cloud/http.ts'

export interface FailingFront {
  readonly url: string
  readonly counted: { exchanges: number; failed: number }
  readonly close: () => Promise<void>
}

export interface FailingFrontOptions {
  /** Of the cloud, by http. */
  readonly url: string
  /** Whether this one fails. */
  readonly fails: () => boolean
  readonly tls?: CloudTls
}

/** In turn. */
const ERRORS = [503, 500, 502] as const

export async function startFailingFront({ url, fails, tls }: FailingFrontOptions): Promise<FailingFront> {
  const counted = { exchanges: 0, failed: 0 }
  let own = ''
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const isExchange = request.method === 'POST'
    counted.exchanges += Number(isExchange)
    if (isExchange && fails()) {
      counted.failed += 1
      return void response.writeHead(ERRORS[counted.failed % ERRORS.length] ?? 503).end('{}')
    }
    const { authorization, 'content-type': type } = request.headers
    const passed = await fetch(url + request.url, {
      method: request.method ?? 'GET',
      headers: { ...(authorization && { authorization }), ...(type && { 'content-type': type }) },
      ...(isExchange && { body: Buffer.concat(pieces) }),
    })
    // What the cloud says of itself is where it is asked.
    const text = (await passed.text()).replaceAll(url, own)
    const date = passed.headers.get('date')
    response
      .writeHead(passed.status, { 'content-type': 'application/json', ...(date !== null && { date }) })
      .end(text)
  }
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response).catch(() => response.destroy())
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  own = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: own,
    counted,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}
