/** A proxy that passes requests on, and lets a fault decide about a chosen one and what comes after it. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface PassedRequest {
  readonly method: string
  readonly path: string
  readonly body: Buffer
  readonly headers: IncomingMessage['headers']
  /** Sends it to the server, each time it is called. Rejects when the server is not there. */
  readonly pass: () => Promise<Answer>
}

/** Instead of an answer: the client sees its connection break. */
export const DROPPED = 'dropped'
export type Outcome = Answer | typeof DROPPED

export interface Fault {
  readonly fits: (method: string, path: string) => boolean
  /** Which of those that fit, from 1. */
  readonly count: number
  readonly strike: (struck: PassedRequest) => Promise<Outcome>
  /** Every request after that one; passed on by default. */
  readonly later?: ((next: PassedRequest) => Promise<Outcome>) | undefined
}

export interface FaultyProxy {
  readonly url: string
  readonly forwardTo: (url: string) => void
  /** Replaces the one before. */
  readonly plan: (fault: Fault | undefined) => void
  /** The request of the planned fault, once it came. */
  readonly struck: () => Pick<PassedRequest, 'method' | 'path'> | undefined
  /** What the client was told has succeeded, since the last plan. */
  readonly acknowledged: () => readonly PassedRequest[]
  readonly close: () => Promise<void>
}

export async function faultyProxy(): Promise<FaultyProxy> {
  let target = new URL('http://127.0.0.1:1')
  let planned: Fault | undefined
  let seen = 0
  let struck: PassedRequest | undefined
  let acknowledged: PassedRequest[] = []

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = incoming
    const body = await buffer(incoming)
    const passed = { method, path, headers, body, pass: () => send(target, { method, path, headers, body }) }
    const outcome = await decide(passed)
    if (outcome === DROPPED) return void outgoing.destroy()
    if (outcome.status < 300) acknowledged.push(passed)
    outgoing.writeHead(outcome.status, outcome.headers).end(outcome.body)
  }

  function decide(passed: PassedRequest): Promise<Outcome> {
    if (struck !== undefined) return (planned?.later ?? passed.pass)(passed)
    if (planned === undefined || !planned.fits(passed.method, passed.path)) return passed.pass()
    seen += 1
    if (seen < planned.count) return passed.pass()
    struck = passed
    return planned.strike(passed)
  }

  const server = createServer((incoming, outgoing) => {
    // A server that is gone is a connection that breaks.
    answer(incoming, outgoing).catch(() => outgoing.destroy())
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
      struck = undefined
      acknowledged = []
    },
    struck: () => struck,
    acknowledged: () => acknowledged,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function send(
  { hostname, port }: URL,
  { method, path, headers, body }: Omit<PassedRequest, 'pass'>,
): Promise<Answer> {
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
