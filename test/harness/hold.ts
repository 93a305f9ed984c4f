/** A proxy in front of the server that can hold a request back: the moment in which things go wrong, made at will. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HoldingProxy {
  readonly url: string
  /** Where requests go; set it when the server is up. */
  forwardTo: (url: string) => void
  /** Holds the next request that fits, before the server sees it. */
  readonly holdNext: (fits: (method: string, path: string) => boolean) => HeldRequest
  /** Method and path of everything that came, in order. */
  readonly seen: string[]
  readonly close: () => Promise<void>
}

export interface HeldRequest {
  /** Resolves when it is there. */
  readonly arrived: Promise<void>
  readonly release: () => void
}

interface Hold {
  readonly fits: (method: string, path: string) => boolean
  readonly arrive: () => void
  readonly released: Promise<void>
}

export async function holdingProxy(): Promise<HoldingProxy> {
  let target: URL | undefined
  const holds: Hold[] = []
  const seen: string[] = []
  const server = createServer((incoming, outgoing) => {
    const method = incoming.method ?? ''
    const path = incoming.url ?? ''
    seen.push(`${method} ${path}`)
    const index = holds.findIndex((hold) => hold.fits(method, path))
    const [hold] = index === -1 ? [] : holds.splice(index, 1)
    hold?.arrive()
    void (hold?.released ?? Promise.resolve()).then(() => forward(target, incoming, outgoing))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    forwardTo: (url) => {
      target = new URL(url)
    },
    holdNext: (fits) => {
      const arrival = Promise.withResolvers<void>()
      const release = Promise.withResolvers<void>()
      holds.push({ fits, arrive: arrival.resolve, released: release.promise })
      return { arrived: arrival.promise, release: release.resolve }
    },
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function forward(target: URL | undefined, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { hostname, port } = target ?? {}
  const onward = request(
    { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    },
  )
  onward.on('error', () => outgoing.destroy())
  outgoing.on('error', () => onward.destroy())
  incoming.pipe(onward)
}
