/**
 * Bodies that are read piece by piece: a state of hundreds of megabytes is never in memory as it was sent.
 *
 * Owns: the limits on the way, and what is left of a body that nobody wants any more. Call `streamedBodies` in a scope of
 * its own, `await app.register(...)`, for the routes in it.
 */
import { finished, Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { inflateRefusal, isGzip, JSON_TYPE, refuseOtherTypes } from './body.ts'
import { bodyLimitOf, bodyTooLarge } from './body-limit.ts'
import { EdgeRefusal } from './errors.ts'
import { INFLATED_AT_ONCE_BYTES, inflatedAtOnce, makeGunzip, piecesFrom } from './inflate.ts'

export function streamedBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(JSON_TYPE, async (_request: FastifyRequest, sent: Readable) => sent)
  scope.addContentTypeParser('*', async (request: FastifyRequest, sent: Readable) => {
    refuseOtherTypes(request)
    return sent
  })
}

/**
 * The body of a route with a streamed one, inflated.
 *
 * However it ends, what is left of the body is still received: a client hears no answer while it is sending.
 *
 * @throws {EdgeRefusal} when it is too large, cut off, or not the gzip that it says.
 */
export async function* piecesOf(request: FastifyRequest): AsyncGenerator<Buffer> {
  const sent = request.body
  if (!(sent instanceof Readable)) return
  try {
    if (!isGzip(request)) yield* received(request, sent)
    else yield* inflatedBody(request, sent)
  } catch (error) {
    throw inflateRefusal(request, error)
  } finally {
    sent.on('error', () => {}).resume()
  }
}

async function* inflatedBody(request: FastifyRequest, sent: Readable): AsyncGenerator<Buffer> {
  if (!(Number(request.headers['content-length']) <= INFLATED_AT_ONCE_BYTES)) {
    return yield* inflatedWhileSent(request, sent)
  }
  const gzip = Buffer.concat(await Array.fromAsync(received(request, sent)))
  const limit = bodyLimitOf(request)
  const small = inflatedAtOnce(gzip, limit)
  if (small) return yield small
  const gunzip = makeGunzip()
  gunzip.end(gzip)
  yield* piecesFrom(gunzip, limit)
}

/** Not a pipeline, which would cut the connection at the first fault and take the answer with it. */
async function* inflatedWhileSent(request: FastifyRequest, sent: Readable): AsyncGenerator<Buffer> {
  const limit = bodyLimitOf(request)
  const gunzip = makeGunzip()
  let length = 0
  const count = (piece: Buffer): void => {
    length += piece.length
    if (length > limit) gunzip.destroy(tooLarge(request))
  }
  const stop = finished(sent, { writable: false }, (error) => void (error && gunzip.destroy(cutOff())))
  sent.on('data', count).pipe(gunzip)
  try {
    yield* piecesFrom(gunzip, limit)
  } finally {
    stop()
    sent.off('data', count).unpipe(gunzip)
  }
}

/** As it comes, and no more than may come. */
async function* received(request: FastifyRequest, sent: Readable): AsyncGenerator<Buffer> {
  const limit = bodyLimitOf(request)
  let length = 0
  if (Number(request.headers['content-length']) > limit) throw tooLarge(request)
  // Not destroyed with us: the answer goes out on the same connection.
  const pieces: AsyncIterator<Buffer> = sent.iterator({ destroyOnReturn: false })
  try {
    for (;;) {
      const { done, value } = await pieces.next().catch(() => Promise.reject(cutOff()))
      if (done) return
      length += value.length
      if (length > limit) throw tooLarge(request)
      yield value
    }
  } finally {
    await pieces.return?.()
  }
}

function tooLarge(request: FastifyRequest): EdgeRefusal {
  const { reason, message } = bodyTooLarge(request)
  return new EdgeRefusal(413, reason, message)
}

/** Whoever sent it is gone, so nobody reads this. */
function cutOff(): EdgeRefusal {
  return new EdgeRefusal(400, 'malformed_body', 'The body was not sent to its end.')
}
