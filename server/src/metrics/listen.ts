/** `GET /metrics` on a port of its own, which no user reaches: it needs no token there. */
import { createServer, type Server } from 'node:http'
import { StartRefusal } from '../start-refusal.ts'
import type { Registered } from './metrics.ts'

/** @throws {StartRefusal} when the port is taken. */
export async function listenForMetrics(
  metrics: Pick<Registered, 'text' | 'contentType'>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0]
    if (path !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is /metrics here.\n')
      return
    }
    metrics
      .text()
      .then((text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text))
      .catch(() => response.writeHead(500).end())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new StartRefusal(`--metrics-port ${port} of ${host} cannot be listened on: ${error.message}.`)),
    )
    server.listen(port, host, resolve)
  })
  return server
}
