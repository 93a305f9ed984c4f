/**
 * Whatever goes wrong becomes the one body `{ code, message, reason }` here, with the status as `code`: the Pulumi CLI
 * believes the body. Bugs and outages say no more than that, and the id under which the log has them.
 */
import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isDatabaseUnavailable } from '../db/errors.ts'
import { Outage } from '../outage.ts'
import { bodyTooLarge } from './body-limit.ts'
import { tellRequestId } from './request-id.ts'

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
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    reason: 'malformed_body',
    message: 'The body is not as long as its Content-Length says.',
  },
}

/** What the router itself refuses, before there is a route: Fastify's option `frameworkErrors`. */
export function routerRefusal(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  tellRequestId(request, reply) // no hook runs for these
  const isTooLong = error.code === 'FST_ERR_MAX_PARAM_LENGTH'
  void (isTooLong
    ? answer(reply, 414, 'path_too_long', 'A part of the path is longer than any name can be.')
    : answer(reply, 400, 'malformed_path', 'The path is not a valid URL path: check its percent-encoding.'))
}

/** PostgreSQL keeps no NUL, and no name has one: said once for every path and query. */
export function refuseNul(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (!/%00/.test(request.url)) return
    throw new EdgeRefusal(400, 'malformed_path', 'The path or the query contains a NUL character.')
  })
}

/** @param pages What answers a browser where there is no route; undefined: what everybody else is told. */
export function errorAnswers(
  app: FastifyInstance,
  pages: (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined,
): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof EdgeRefusal) return answer(reply, error.statusCode, error.reason, error.message)
    const known = error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? bodyTooLarge(request) : SENTENCES[error.code]
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
    if (error instanceof Outage) {
      reply.header('retry-after', '1')
      return answer(reply, 503, error.reason, error.sentence)
    }
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
  app.setNotFoundHandler(
    (request, reply) =>
      pages(request, reply) ??
      answer(reply, 404, 'unknown_route', `There is no ${request.method} ${pathOf(request)} here.`),
  )
}

/** A query may hold what should not be repeated. */
function pathOf(request: FastifyRequest): string {
  return (request.url.split('?')[0] ?? '').slice(0, 200)
}

function answer(reply: FastifyReply, code: number, reason: string, message: string): FastifyReply {
  // Of the answer that this one stands in for: under another type the body would not become JSON.
  reply.removeHeader('content-encoding')
  reply.removeHeader('content-type')
  return reply.code(code).send({ code, message, reason })
}
