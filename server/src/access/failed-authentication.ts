/**
 * Answers 429 instead of 401 to whoever shows wrong tokens too often. Who shows nothing has tried nothing, and is told as
 * always what is missing.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { FailureLimit } from './failure-limit.ts'

/** Covers what the routes under `/api` refuse by the header. Pages and forms ask {@link failedTooOften} themselves. */
export function limitFailedAuthentication(app: FastifyInstance, limit: FailureLimit): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const showedSomething = request.headers.authorization !== undefined
    // Of the route, not of the request's line: `/%61pi/user` and `http://any.host/api/user` lead there too.
    const isBelowApi = request.routeOptions.url?.startsWith('/api/') === true
    if (reply.statusCode !== 401 || !showedSomething || !isBelowApi) return payload
    const refusal = failedTooOften(limit, request, reply)
    if (refusal === undefined) return payload
    reply.code(refusal.status).type('application/json; charset=utf-8').removeHeader('content-length')
    return JSON.stringify({ code: refusal.status, message: refusal.message, reason: refusal.reason })
  })
}

/** How it is said to whom. */
export interface TooOften {
  readonly log: string
  readonly reason: string
  readonly message: (wait: string) => string
}

/** Counts a wrong token, or what `words` are about. @returns What to answer instead of the usual, with its header set, when there were too many. */
export function failedTooOften(
  limit: FailureLimit,
  request: FastifyRequest,
  reply: FastifyReply,
  words: TooOften = TOKENS,
): Refusal | undefined {
  const verdict = limit.failed(request.socket.remoteAddress)
  if (!verdict.limited) return undefined
  const { waitSeconds, from, isNews } = verdict
  if (isNews) request.log.warn({ from }, words.log)
  reply.header('retry-after', String(waitSeconds))
  const seconds = waitSeconds === 1 ? '1 second' : `${waitSeconds} seconds`
  return {
    status: 429,
    reason: words.reason,
    message: words.message(seconds),
  }
}

const TOKENS: TooOften = {
  log: 'Too many wrong tokens come from an address; see --failed-logins-per-minute.',
  reason: 'too_many_failed_logins',
  message: (wait) =>
    `Too many requests from this address had a wrong token: wait ${wait}, and check the token. It is unknown, expired or revoked.`,
}
