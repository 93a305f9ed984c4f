/** One unary gRPC call over cleartext HTTP/2, on a connection of its own. */
import http2 from 'node:http2'
import { buffer } from 'node:stream/consumers'
import { decodeMessage, type Message } from './protobuf.ts'

/** @param address `host:port`. @throws with the sentence of the other side when the call fails. */
export async function callGrpc(address: string, path: string, message: Buffer): Promise<Message> {
  const session = http2.connect(`http://${address}`)
  try {
    // Without a listener an error of the connection would end this process; the stream has it too.
    session.on('error', () => {})
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    let status: string | undefined
    let sentence = ''
    const note = (headers: http2.IncomingHttpHeaders): void => {
      if (headers['grpc-status'] === undefined) return
      status = String(headers['grpc-status'])
      sentence = decodeURIComponent(String(headers['grpc-message'] ?? ''))
    }
    stream.on('response', note)
    stream.on('trailers', note)
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(message.length, 1)
    stream.end(Buffer.concat([prefix, message]))
    const answer = await buffer(stream)
    if (status !== '0') throw new Error(sentence || `the call ended with ${status ?? 'nothing'}`)
    return decodeMessage(answer.subarray(5))
  } finally {
    session.destroy()
  }
}
