/** Refusals: values inside, HTTP only here. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyReply } from 'fastify'

/** Answers with a refusal: `return refuse(reply, refusal)`. */
export function refuse(reply: FastifyReply, { status, reason, message }: Refusal): FastifyReply {
  return reply.code(status).send({ code: status, message, reason })
}

export function isRefusal(value: unknown): value is Refusal {
  return (
    typeof value === 'object' &&
    value !== null &&
    'status' in value &&
    'reason' in value &&
    'message' in value
  )
}
