/**
 * A proxy that counts how long its client waited: the time in which at least one request had no whole answer yet.
 *
 * It passes bytes on and reads none of them. On a connection of HTTP/1.1 requests and answers take turns, so a request
 * lasts from its client's first byte to the server's last one before the client speaks again.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { unionMilliseconds } from './intervals.ts'

export interface Waiting {
  readonly milliseconds: number
  readonly requests: number
}

export interface CountingProxy {
  readonly url: string
  /** Of the server, on 127.0.0.1. */
  readonly forwardTo: (port: number) => void
  /** @returns What was counted since the last call. Requests must not be under way. */
  readonly take: () => Waiting
  readonly stop: () => Promise<void>
}

interface Exchange {
  readonly start: number
  /** Undefined before the first byte of the answer. */
  end: number | undefined
}

export async function startCountingProxy(): Promise<CountingProxy> {
  let serverPort = 0
  let exchanges: Exchange[] = []
  const sockets = new Set<Socket>()

  function relay(client: Socket): void {
    const server = connect(serverPort, '127.0.0.1')
    let current: Exchange | undefined
    client.on('data', (bytes) => {
      if (current === undefined || current.end !== undefined) {
        current = { start: performance.now(), end: undefined }
        exchanges.push(current)
      }
      server.write(bytes)
    })
    server.on('data', (bytes) => {
      if (current) current.end = performance.now()
      client.write(bytes)
    })
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket.setNoDelay(true))
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  }

  const listener = createServer(relay).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    forwardTo: (port) => {
      serverPort = port
    },
    take: () => {
      const answered = exchanges.map(({ start, end = start }) => ({ start, end }))
      exchanges = []
      return { milliseconds: unionMilliseconds(answered), requests: answered.length }
    },
    stop: async () => {
      listener.close()
      for (const socket of sockets) socket.destroy()
      await once(listener, 'close')
    },
  }
}
