/** A window in front of a cloud: everything passes through unchanged, and is shown to whoever watches. */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** Called with each request's body and the body of its answer. */
export type Watch = (sent: string, answered: string) => void

export interface Window {
  readonly url: string
  readonly close: () => Promise<void>
}

export async function openWindow(target: string, watch: Watch): Promise<Window> {
  const server = createServer((message, response) => {
    passOn(target, message, response, watch).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The Host header stays as it was sent: for AWS it is part of what the caller signed. */
async function passOn(
  target: string,
  message: IncomingMessage,
  response: ServerResponse,
  watch: Watch,
): Promise<void> {
  const sent = await buffer(message)
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const { method, headers } = message
  httpRequest(new URL(message.url ?? '/', target), { method, headers, setHost: false }, resolve)
    .on('error', reject)
    .end(sent)
  const answer = await promise
  const body = await buffer(answer)
  watch(sent.toString(), body.toString())
  response.writeHead(answer.statusCode ?? 502, answer.headers).end(body)
}
