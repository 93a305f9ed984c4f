/**
 * The id under which an answer, its errors and the log have a request.
 *
 * A caller, or a proxy before us, may bring one in `x-request-id`, so that one id leads through several logs. It is taken
 * over only when it is a short token of harmless characters: it stands in headers, in log lines and in sentences.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const SAFE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/

export function requestIdOf(headers: IncomingHttpHeaders, randomUuid: () => string): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && SAFE_ID.test(given) ? given : randomUuid()
}

export function requestIds(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => tellRequestId(request, reply))
}

/** Twice: as proxies know it, and as the Pulumi CLI prints it beside an error of the server. */
export function tellRequestId(request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers({ 'x-request-id': request.id, 'x-pulumi-request-id': request.id })
}
