/** Signing in to the web console, and out. */
import {
  CONSOLE_SESSION_PATH,
  ConsoleSession,
  CreateConsoleSessionRequest,
} from '@daypass/contract/console-session.ts'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { refuse } from '../refuse.ts'
import { type AccessTokenRow, findAccessToken } from './access-token.sql.ts'
import { deleteConsoleSession, findConsoleSession, insertConsoleSession } from './console-session.sql.ts'
import {
  SESSION_SECONDS,
  sessionCookies,
  sessionTokenOf,
  whyFromElsewhere,
  whyNotFromConsole,
} from './console-session.ts'
import { failedTooOften } from './failed-authentication.ts'
import type { FailureLimit } from './failure-limit.ts'
import { actorOf, isPersonThemselves } from './principal.ts'
import type { Streams } from './streams.ts'
import { hashToken, isTokenOf, makeToken } from './token.ts'
import { holderOf, type TokenLookup } from './token-lookup.ts'
import { describeUser } from './user-routes.ts'

interface Services {
  readonly db: Database
  readonly tokens: TokenLookup
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
  readonly failures: FailureLimit
  readonly streams: Streams
  readonly config: { readonly baseUrl: string }
}

const tags = ['Console']
/** Each looks at the cookie itself: without one, none of them needs a token. */
const config = { public: true } as const

export function consoleSessionRoutes(app: FastifyInstance, services: Services): void {
  const { db, tokens, randomBytes, randomUuid, failures, streams } = services
  const ownOrigin = new URL(services.config.baseUrl).origin
  const cookies = sessionCookies(services.config.baseUrl)
  const noStore = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-store')

  app.post<{ Body: CreateConsoleSessionRequest }>(
    CONSOLE_SESSION_PATH,
    {
      schema: {
        operationId: 'createConsoleSession',
        summary: 'Sign in to the web console with an access token of one’s own',
        tags,
        body: CreateConsoleSessionRequest,
        response: { 201: ConsoleSession },
      },
      config,
    },
    async (request, reply) => {
      const foreign = whyFromElsewhere(request, ownOrigin)
      if (foreign) return refuse(reply, foreign)
      const given = request.body.accessToken.trim()
      const found = isTokenOf('access', given) ? await findAccessToken(db, hashToken(given)) : undefined
      // As for a login of the CLI: what counts for less than the person must not become the person.
      if (!found || !isPersonThemselves(holderOf(found)))
        return refuse(reply, failedTooOften(failures, request, reply) ?? UNKNOWN_TOKEN)
      const token = makeToken('session', randomBytes)
      const expiresAt = await begin(found, token)
      noStore(reply).header('set-cookie', cookies.set(token))
      return reply.code(201).send({ user: describeUser(holderOf(found)), expiresAt: expiresAt.toISOString() })
    },
  )

  async function begin(found: AccessTokenRow, token: string): Promise<Date> {
    return db.transaction(async (tx) => {
      const id = randomUuid()
      const expiresAt = await insertConsoleSession(tx, {
        id,
        accessTokenId: found.tokenId,
        tokenHash: hashToken(token),
        seconds: SESSION_SECONDS,
      })
      await recordAudit(tx, {
        organizationId: null,
        actor: actorOf(holderOf(found)),
        action: 'console_session.created',
        target: id,
        details: { accessToken: found.tokenId },
      })
      return expiresAt
    })
  }

  app.get(
    CONSOLE_SESSION_PATH,
    {
      schema: {
        operationId: 'getConsoleSession',
        summary: 'Who is signed in to the web console',
        description: 'By the cookie of the session alone. Renews it.',
        tags,
        response: { 200: ConsoleSession },
      },
      config,
    },
    async (request, reply) => {
      noStore(reply)
      const foreign = whyNotFromConsole(request, ownOrigin)
      if (foreign) return refuse(reply, foreign)
      const token = sessionTokenOf(request)
      const session = token && (await tokens.sessionOf(token))
      if (!session) return refuse(reply.header('set-cookie', cookies.cleared), NO_SESSION)
      reply.header('set-cookie', cookies.set(token))
      return { user: describeUser(session.principal), expiresAt: session.expiresAt.toISOString() }
    },
  )

  app.delete(
    CONSOLE_SESSION_PATH,
    {
      schema: {
        operationId: 'deleteConsoleSession',
        summary: 'Sign out of the web console',
        tags,
        response: { 204: Type.Null({ description: 'Nothing.' }) },
      },
      config,
    },
    async (request, reply) => {
      const token = sessionTokenOf(request)
      if (token !== undefined) {
        const foreign = whyNotFromConsole(request, ownOrigin)
        if (foreign) return refuse(reply, foreign)
        await end(token)
      }
      return noStore(reply).header('set-cookie', cookies.cleared).code(204).send()
    },
  )

  async function end(token: string): Promise<void> {
    const session = await findConsoleSession(db, hashToken(token))
    if (!session) return
    await db.transaction(async (tx) => {
      if (!(await deleteConsoleSession(tx, session.sessionId))) return
      await recordAudit(tx, {
        organizationId: null,
        actor: actorOf(holderOf(session)),
        action: 'console_session.ended',
        target: session.sessionId,
      })
    })
    tokens.forget()
    streams.endSession(session.sessionId)
  }
}

const UNKNOWN_TOKEN = {
  status: 401,
  reason: 'unauthorized',
  message: 'This access token is unknown, expired or revoked, or it is not a person’s own.',
} as const

const NO_SESSION = {
  status: 401,
  reason: 'no_session',
  message: 'Unauthorized: nobody is signed in, or the session is over. Sign in with an access token.',
} as const
