/**
 * Who has an answer open that goes on: how many at a time, and when each must end.
 *
 * A stream ends when its client goes, the server stops, the session of the console is signed out of here, or, looked at
 * again every half minute, when its token counts no more or its person may no longer read what it tells.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { principalAgain } from './authenticate.ts'
import { type Principal, personOf } from './principal.ts'
import type { TokenLookup } from './token-lookup.ts'

/** Of one person, in one server: a page has two, and people leave tabs open. */
export const MOST_STREAMS = 64
export const RECHECK_MS = 30_000

export interface OpenStream {
  readonly ended: AbortSignal
  /** Undefined: whoever opened it is nobody any more. */
  principal(): Promise<Principal | undefined>
}

export interface Streams {
  open(request: FastifyRequest, reply: FastifyReply): OpenStream | Refusal
  endSession(sessionId: string): void
}

interface Held {
  readonly userId: string
  readonly sessionId: string | undefined
  readonly end: AbortController
}

export function createStreams(app: FastifyInstance, tokens: TokenLookup): Streams {
  const all = new Set<Held>()
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
    for (const { end } of all) end.abort()
  })
  return {
    open(request, reply) {
      const { userId } = personOf(request.principal)
      const count = [...all].filter((held) => held.userId === userId).length
      if (count >= MOST_STREAMS) return TOO_MANY
      const held: Held = { userId, sessionId: request.consoleSessionId, end: new AbortController() }
      all.add(held)
      reply.raw.once('close', () => {
        all.delete(held)
        held.end.abort()
      })
      if (closing) held.end.abort()
      return { ended: held.end.signal, principal: () => principalAgain(request, tokens) }
    },
    endSession(sessionId) {
      for (const held of all) if (held.sessionId === sessionId) held.end.abort()
    },
  }
}

const TOO_MANY: Refusal = {
  status: 429,
  reason: 'too_many_streams',
  message: `Too Many Requests: you have ${MOST_STREAMS} streams open at this server. Close some of them.`,
}
