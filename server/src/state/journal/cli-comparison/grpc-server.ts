/** Unary gRPC over cleartext HTTP/2: as much as the engine needs to speak to a provider. */
import http2 from 'node:http2'
import { decodeMessage, type Message } from './protobuf.ts'

export type Methods = Readonly<Record<string, (request: Message) => Buffer | Promise<Buffer>>>

/** A call's failure. `details` is a `google.rpc.Status`. */
export class GrpcError extends Error {
  readonly details: Buffer | undefined
  constructor(message: string, details?: Buffer) {
    super(message)
    this.details = details
  }
}

export interface GrpcServer {
  readonly port: number
  close(): Promise<void>
}

const OK = '0'
const UNKNOWN = '2'
const UNIMPLEMENTED = '12'

/** Methods by their last name: `Create`. Others are answered as not implemented. */
export async function startGrpcServer(methods: Methods): Promise<GrpcServer> {
  const server = http2.createServer()
  const sessions = new Set<http2.ServerHttp2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    session.on('error', () => {})
  })
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', () => {})
    stream.on('end', async () => {
      const method = methods[headers[':path']?.split('/').at(-1) ?? '']
      try {
        if (method === undefined) return answer(stream, undefined, { 'grpc-status': UNIMPLEMENTED })
        const reply = await method(decodeMessage(Buffer.concat(chunks).subarray(5)))
        answer(stream, reply, { 'grpc-status': OK })
      } catch (error) {
        const details = error instanceof GrpcError ? error.details : undefined
        answer(stream, undefined, {
          'grpc-status': UNKNOWN,
          'grpc-message': encodeURIComponent(String(error instanceof Error ? error.message : error)),
          ...(details && { 'grpc-status-details-bin': details.toString('base64') }),
        })
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const session of sessions) session.destroy()
      }),
  }
}

function answer(
  stream: http2.ServerHttp2Stream,
  reply: Buffer | undefined,
  trailers: http2.OutgoingHttpHeaders,
): void {
  if (stream.destroyed) return
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  if (reply === undefined) return void stream.end()
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(reply.length, 1)
  stream.end(Buffer.concat([prefix, reply]))
}
