/** One client of the server on one kept connection. */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Connection {
  /** @returns The answer's body. @throws when it is not a success. */
  readonly send: (
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    authorization: string,
    body?: object,
  ) => Promise<string>
  readonly close: () => void
}

export function connectTo(baseUrl: string): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const { hostname, port } = new URL(baseUrl)
  return {
    async send(method, path, authorization, body) {
      const payload = body === undefined ? undefined : JSON.stringify(body)
      const outgoing = request({
        hostname,
        port,
        method,
        path,
        agent,
        headers: {
          authorization,
          ...(payload !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(payload),
          }),
        },
      })
      outgoing.end(payload)
      const [answer] = await once(outgoing, 'response')
      const received = await text(answer)
      if (answer.statusCode >= 200 && answer.statusCode < 300) return received
      throw new Error(`${method} ${path} answered ${answer.statusCode}: ${received}`)
    },
    close: () => agent.destroy(),
  }
}
