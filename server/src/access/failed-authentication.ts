/** Counts every answer that says "who are you?" to somebody who said it, and answers 429 to whoever says it too often. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { failureLimit } from './failure-limit.ts'

const FAILED = Symbol('failed authentication')
type Failing = FastifyRequest & { [FAILED]?: string }

/** Enough to tell one client's token from another's, and too little to be worth anything. */
const START_LENGTH = 12

/** Says that a request which carries no header showed a bad token otherwise. */
export function failedWith(request: FastifyRequest, token: string): void {
  ;(request as Failing)[FAILED] = token.slice(0, START_LENGTH)
}

export function limitFailedAuthentication(app: FastifyInstance, now: () => Date): void {
  const limit = failureLimit()
  app.addHook('onSend', async (request, reply, payload) => {
    const start =
      (request as Failing)[FAILED] ?? (reply.statusCode === 401 ? startOfHeader(request) : undefined)
    if (start === undefined) return payload
    const waitSeconds = limit.failed(request.ip, start, now())
    if (waitSeconds === undefined) return payload
    reply.code(429).header('retry-after', String(waitSeconds)).type('application/json; charset=utf-8')
    reply.removeHeader('content-length')
    const message = `Too many requests with tokens that are not good: wait ${waitSeconds} seconds, and check the token.`
    return JSON.stringify({ code: 429, message, reason: 'too_many_failures' })
  })
}

/** Who shows nothing has tried nothing. */
function startOfHeader({ headers: { authorization } }: FastifyRequest): string | undefined {
  const token = authorization?.split(' ')[1]
  return token === undefined || token === '' ? undefined : token.slice(0, START_LENGTH)
}
