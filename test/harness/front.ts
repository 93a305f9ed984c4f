/** Stands before servers as a load balancer does: connections as they are, to the server of the moment or to none. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Front {
  readonly url: string
  /** Where connections go from now on; undefined: they break. Those that are there break at once. */
  readonly switchTo: (port: number | undefined) => void
  readonly close: () => Promise<void>
}

export async function startFront(): Promise<Front> {
  let target: number | undefined
  const sockets = new Set<Socket>()
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((client) => {
    if (target === undefined) {
      client.destroy()
      return
    }
    const onward = connect(target, '127.0.0.1')
    for (const socket of [client, onward]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        sockets.delete(socket)
        client.destroy()
        onward.destroy()
      })
    }
    client.pipe(onward)
    onward.pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    switchTo: (next) => {
      target = next
      breakAll()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        breakAll()
      }),
  }
}
