/**
 * Whatever goes wrong becomes the one body `{ code, message, reason }` here, with the status as `code`: the Pulumi CLI
 * believes the body. Bugs and outages say no more than that, and the id under which the log has them.
 */
import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isDatabaseUnavailable } from '../db/errors.ts'

/** A request that never reached its handler: thrown only by the edge itself, below which refusals are values. */
export class EdgeRefusal extends Error {
  override readonly name = 'EdgeRefusal'
  readonly statusCode: 400 | 413 | 415
  readonly reason: string

  constructor(statusCode: 400 | 413 | 415, reason: string, message: string) {
    super(message)
    this.statusCode = statusCode
    this.reason = reason
  }
}

/** Fastify's own refusals, in our words. */
const SENTENCES: Readonly<Record<string, { reason: string; message: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    reason: 'body_too_large',
    message: 'The body is larger than this route takes.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    reason: 'malformed_body',
    message: 'The body is not as long as its Content-Length says.',
  },
}

export function errorAnswers(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof EdgeRefusal) return answer(reply, error.statusCode, error.reason, error.message)
    const known = SENTENCES[error.code]
    const status = error.statusCode ?? 500
    if (status >= 400 && status < 500) {
      return answer(
        reply,
        status,
        known?.reason ?? 'bad_request',
        known?.message ?? STATUS_CODES[status] ?? 'Bad request',
      )
    }
    request.log.error({ err: error }, 'A request failed.')
    if (isDatabaseUnavailable(error)) {
      reply.header('retry-after', '1')
      return answer(
        reply,
        503,
        'database_unavailable',
        'The database cannot be reached; try again in a moment.',
      )
    }
    return answer(
      reply,
      500,
      'internal',
      `Something went wrong; the server's log has it under request ${request.id}.`,
    )
  })
  app.setNotFoundHandler((request, reply) =>
    answer(reply, 404, 'unknown_route', `There is no ${request.method} ${pathOf(request)} here.`),
  )
}

/** A query may hold what should not be repeated. */
function pathOf(request: FastifyRequest): string {
  return (request.url.split('?')[0] ?? '').slice(0, 200)
}

function answer(reply: FastifyReply, code: number, reason: string, message: string): FastifyReply {
  return reply.code(code).send({ code, message, reason })
}
