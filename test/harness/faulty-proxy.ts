/** A proxy that does something at a chosen request, before the server sees it or after it has answered. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface Fault {
  readonly fits: (method: string, path: string) => boolean
  /** Which of those that fit, from 1. */
  readonly count: number
  readonly at: 'request' | 'answer'
  /** The client sees its connection break instead of an answer. */
  readonly dropsConnection: boolean
  readonly act: () => void | Promise<void>
}

export interface FaultyProxy {
  readonly url: string
  readonly forwardTo: (url: string) => void
  /** Replaces the one before. */
  readonly plan: (fault: Fault | undefined) => void
  /** Whether the planned moment came. */
  readonly hasStruck: () => boolean
  /** Method, path and status of everything that was answered to the client. */
  readonly answered: string[]
  readonly close: () => Promise<void>
}

export async function faultyProxy(): Promise<FaultyProxy> {
  let target = new URL('http://127.0.0.1:1')
  let planned: Fault | undefined
  let seen = 0
  let struck = false
  const answered: string[] = []

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [method, path] = [incoming.method ?? '', incoming.url ?? '']
    const body = await buffer(incoming)
    let fault: Fault | undefined
    if (planned?.fits(method, path)) {
      seen += 1
      if (seen === planned.count) fault = planned
    }
    if (fault) struck = true
    if (fault?.at === 'request') await fault.act()
    if (fault?.at === 'request' && fault.dropsConnection) return void outgoing.destroy()
    const answer = await send(target, incoming, body)
    if (fault?.at === 'answer') await fault.act()
    if (fault?.dropsConnection) return void outgoing.destroy()
    answered.push(`${method} ${path} ${answer.status}`)
    outgoing.writeHead(answer.status, answer.headers).end(answer.body)
  }

  const server = createServer((incoming, outgoing) => {
    // A server that is gone is a connection that breaks.
    pass(incoming, outgoing).catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    forwardTo: (url) => {
      target = new URL(url)
    },
    plan: (fault) => {
      planned = fault
      seen = 0
      struck = false
    },
    hasStruck: () => struck,
    answered,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

function send({ hostname, port }: URL, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const { method, url: path, headers } = incoming
  return new Promise((resolve, reject) => {
    const onward = request({ hostname, port, method, path, headers }, (answer) => {
      buffer(answer).then(
        (text) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: text }),
        reject,
      )
    })
    onward.on('error', reject)
    onward.end(body)
  })
}
