/**
 * `fetch` through a Unix socket, which Node's own cannot: as much of it as the control plane needs.
 *
 * Takes a method, headers that are an object, a body that is a string, and a signal; follows no redirect.
 */
import { type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'

export function fetchThroughSocket(socketPath: string): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const url = new URL(String(input))
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const sent = request(
      {
        socketPath,
        // One of its own: the global one may go through a proxy.
        agent: false,
        method: init.method ?? 'GET',
        path: url.pathname + url.search,
        headers: { host: url.host, ...(init.headers as Record<string, string>) },
        ...(init.signal ? { signal: init.signal } : {}),
      },
      resolve,
    )
    sent.once('error', reject)
    sent.end(typeof init.body === 'string' ? init.body : undefined)
    const answer = await promise
    const body = await buffer(answer)
    const status = answer.statusCode ?? 502
    if (status >= 300 && status < 400)
      throw new TypeError(`it answered ${status}, and redirects are not followed`)
    return new Response(body.length > 0 ? new Uint8Array(body) : null, { status })
  }
}
