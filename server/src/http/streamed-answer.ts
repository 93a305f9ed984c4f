/**
 * Answers that are made while they are sent, piece by piece, as fast as the client reads.
 *
 * A fault in the middle breaks the connection: what was sent would otherwise pass for the whole. A client that goes
 * away ends the making of the pieces.
 */
import { pipeline, Readable } from 'node:stream'
import { constants, createGzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { wantsGzip } from './compression.ts'

const PIECE_BYTES = 64 * 1024

export function sendPieces(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, pieces }: { readonly type: string; readonly pieces: AsyncIterable<Buffer> },
): FastifyReply {
  reply.type(type).header('vary', 'accept-encoding')
  const plain = Readable.from(pieces, { objectMode: false, highWaterMark: PIECE_BYTES })
  if (!wantsGzip(request)) return reply.send(plain)
  const packed = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: PIECE_BYTES })
  // Its fault is the fault of `packed`, which is who answers.
  pipeline(plain, packed, () => {})
  return reply.header('content-encoding', 'gzip').send(packed)
}
