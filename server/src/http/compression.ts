/** Answers are compressed when they are large and the client asks for it. gzip only: the Pulumi CLI knows no other. */
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Below, a packet more or less costs less than compressing. */
const WORTH_COMPRESSING_BYTES = 8 * 1024

export function answerCompression(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload
    if (Buffer.byteLength(payload) < WORTH_COMPRESSING_BYTES || reply.hasHeader('content-encoding'))
      return payload
    reply.header('vary', 'accept-encoding')
    if (!wantsGzip(request)) return payload
    const packed = await promisify(gzip)(payload, { level: constants.Z_BEST_SPEED })
    reply.header('content-encoding', 'gzip')
    reply.removeHeader('content-length')
    return packed
  })
}

/** An empty body that claims to be gzip breaks clients, and a HEAD has an empty one. */
export function wantsGzip({ method, headers }: FastifyRequest): boolean {
  return method !== 'HEAD' && acceptsGzip(headers['accept-encoding'])
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .some((part) => /^(?:x-)?gzip(?:\s*;\s*q=(?!0(?:\.0*)?$).+)?$/.test(part))
}
