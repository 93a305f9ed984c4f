/**
 * Who is calling, found out before anything else of a request is looked at.
 *
 * Closed by default: a route under `/api` that says nothing about itself answers people only. A route says otherwise
 * in its config, in one of the words below.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from '../refuse.ts'
import { sessionCookies, sessionTokenOf, whyNotFromConsole } from './console-session.ts'
import type { Principal, UserPrincipal } from './principal.ts'
import { hashToken, isTokenOf, type TokenKind } from './token.ts'
import type { TokenLookup } from './token-lookup.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Anybody may call it. */
    public?: true
    /** A job's `pulumi` may call it too; the handler checks what it may do. */
    allowStackToken?: true
    /** `Authorization: Bearer dpp-…`. The handler looks the token up: it is in `request.credential`. */
    runnerToken?: true
    /** `Authorization: Bearer dpj-…`. The handler looks the token up: it is in `request.credential`. */
    jobToken?: TokenNeed
    /** `Authorization: update-token dpu-…`. The handler looks the token up: it is in `request.credential`. */
    updateToken?: TokenNeed
  }
  interface FastifyRequest {
    /** Throws on a route that has none: public ones, and those with a token of their own. */
    principal: Principal
    /** Set for whoever is signed in to the console. */
    consoleSessionId: string | undefined
    /** The token of a route with a token of its own. The handler checks it where it acts on it. */
    credential: string
  }
}

/** `known`: also one whose lease is over, for calls which may come after the end. */
export type TokenNeed = 'known' | 'living'

/** Why a call with a token of its own is not worth reading. Undefined: it is. */
export interface OwnTokens {
  readonly pool: (token: string) => Promise<Refusal | undefined>
  readonly job: (token: string, need: TokenNeed) => Promise<Refusal | undefined>
  readonly update: (token: string, updateId: string, need: TokenNeed) => Promise<Refusal | undefined>
}

/** Reading so little costs less than asking who sends it. */
const UNASKED_BODY_BYTES = 16 * 1024
/** An update's client sends many short bodies: whoever was good a moment ago is not asked again before each of them. */
const REMEMBERED_MS = 5_000
const MOST_REMEMBERED = 10_000

export interface Authenticators {
  readonly tokens: TokenLookup
  readonly ownTokens: OwnTokens
  readonly now: () => Date
  readonly baseUrl: string
}

const PRINCIPAL = Symbol('principal')
const CREDENTIAL = Symbol('credential')
type Config = FastifyRequest['routeOptions']['config']
type Authenticated = FastifyRequest & { [PRINCIPAL]?: Principal; [CREDENTIAL]?: string }

export function authentication(
  app: FastifyInstance,
  { tokens, ownTokens, now, baseUrl }: Authenticators,
): void {
  const ownOrigin = new URL(baseUrl).origin
  const cookies = sessionCookies(baseUrl)
  const whyNotRead = remembering(ownTokens, now)
  decorate<Principal>(app, 'principal', PRINCIPAL)
  decorate<string>(app, 'credential', CREDENTIAL)
  app.decorateRequest('consoleSessionId', undefined)

  app.addHook('onRequest', async (request, reply) => {
    const { config, url } = request.routeOptions
    if (request.is404 || config.public === true || !isApi(url)) return
    const given = credentials(request.headers.authorization)
    const own = ownToken(config)
    if (own !== undefined) {
      if (given?.scheme !== own.scheme || !isTokenOf(own.kind, given.token)) {
        return refuse(
          reply,
          unauthorized(`This route needs the header "Authorization: ${own.scheme} <${own.what}>".`),
        )
      }
      ;(request as Authenticated)[CREDENTIAL] = given.token
      const refusal = mayBeLarge(request) && (await whyNotRead(request, given.token))
      return refusal ? refuse(reply, refusal) : undefined
    }
    const cookie = request.headers.authorization === undefined ? sessionTokenOf(request) : undefined
    if (cookie !== undefined) {
      const refusal = await bySession(request, reply, cookie)
      return refusal ? refuse(reply, refusal) : undefined
    }
    if (given?.scheme !== 'token') {
      const sentence =
        request.headers.authorization === undefined
          ? NO_TOKEN
          : 'The Authorization header must be "token <access token>".'
      return refuse(reply, unauthorized(sentence))
    }
    const principal = await tokens.principalOf(given.token)
    if (principal === undefined) return refuse(reply, unauthorized(UNKNOWN_TOKEN))
    if (principal.kind === 'deployment' && config.allowStackToken !== true) {
      return refuse(reply, {
        status: 403,
        reason: 'stack_token',
        message: "The token of a running deployment reaches its stack's state and secrets only.",
      })
    }
    ;(request as Authenticated)[PRINCIPAL] = principal
  })

  /** A browser sends the cookie also when another site's page asks it to: first where the request is from. */
  async function bySession(
    request: FastifyRequest,
    reply: FastifyReply,
    cookie: string,
  ): Promise<Refusal | undefined> {
    const foreign = whyNotFromConsole(request, ownOrigin)
    if (foreign) return foreign
    const session = await tokens.sessionOf(cookie)
    if (session === undefined) {
      reply.header('set-cookie', cookies.cleared)
      return unauthorized(SESSION_OVER)
    }
    if (session.renewed) reply.header('set-cookie', cookies.set(cookie))
    ;(request as Authenticated)[PRINCIPAL] = session.principal
    request.consoleSessionId = session.sessionId
    return undefined
  }
}

/** Anybody can write a token of the right form: what may be large is not even received for one that is not good. */
function mayBeLarge({ headers }: FastifyRequest): boolean {
  if (headers['transfer-encoding'] !== undefined || headers['content-encoding'] !== undefined) return true
  return Number(headers['content-length'] ?? 0) > UNASKED_BODY_BYTES
}

/** Only who was good is remembered, and only for short bodies, compressed or not. Who acts on a token looks again. */
function remembering(ownTokens: OwnTokens, now: () => Date) {
  const goodUntil = new Map<string, number>()
  return async (request: FastifyRequest, token: string): Promise<Refusal | undefined> => {
    const { routeOptions, params, headers } = request
    const { updateId = '' } = params as { readonly updateId?: string }
    const key = `${hashToken(token).toString('base64')} ${needOf(routeOptions.config)} ${updateId}`
    const isShort = Number(headers['content-length'] ?? Number.NaN) <= UNASKED_BODY_BYTES
    if (isShort && (goodUntil.get(key) ?? 0) > now().getTime()) return undefined
    const refusal = await whyNotRead(ownTokens, routeOptions.config, { token, updateId })
    if (refusal) return refusal
    if (goodUntil.size >= MOST_REMEMBERED) goodUntil.clear()
    goodUntil.set(key, now().getTime() + REMEMBERED_MS)
    return undefined
  }
}

function needOf({ jobToken, updateToken }: Config): TokenNeed {
  return jobToken ?? updateToken ?? 'living'
}

async function whyNotRead(
  ownTokens: OwnTokens,
  config: Config,
  { token, updateId }: { readonly token: string; readonly updateId: string },
): Promise<Refusal | undefined> {
  if (config.runnerToken === true) return ownTokens.pool(token)
  if (config.jobToken !== undefined) return ownTokens.job(token, config.jobToken)
  return ownTokens.update(token, updateId, needOf(config))
}

const NO_TOKEN = 'Unauthorized: send an access token in the header "Authorization: token <access token>".'
const SESSION_OVER = 'Unauthorized: the session is over. Sign in again.'
const UNKNOWN_TOKEN = 'Unauthorized: the access token is unknown, expired or revoked.'

function isApi(url: string | undefined): boolean {
  return url === undefined || url === '/api' || url.startsWith('/api/')
}

function unauthorized(message: string) {
  return { status: 401, reason: 'unauthorized', message } as const
}

/** Scheme in lower case (RFC 9110 section 11.1) and one token; anything else is no credential at all. */
function credentials(header: string | undefined): { scheme: string; token: string } | undefined {
  const [, scheme, token] = /^([A-Za-z-]{1,20}) ([!-~]{1,200})$/.exec(header ?? '') ?? []
  return scheme && token ? { scheme: scheme.toLowerCase(), token } : undefined
}

function ownToken(config: Config): { scheme: string; kind: TokenKind; what: string } | undefined {
  if (config.runnerToken === true) return { scheme: 'bearer', kind: 'pool', what: 'pool token' }
  if (config.jobToken !== undefined) return { scheme: 'bearer', kind: 'job', what: 'job token' }
  if (config.updateToken !== undefined)
    return { scheme: 'update-token', kind: 'update', what: 'token of the update' }
  return undefined
}

function decorate<Value>(app: FastifyInstance, name: 'principal' | 'credential', key: symbol): void {
  app.decorateRequest(name, {
    getter(this: FastifyRequest): Value {
      const value = (this as unknown as Record<symbol, Value | undefined>)[key]
      if (value === undefined) throw new Error(`${this.routeOptions.url} asked for its ${name}, and has none`)
      return value
    },
  } as never)
}

/** The caller of a route that stack tokens may not call. */
export function userOf(request: FastifyRequest): UserPrincipal {
  if (request.principal.kind !== 'user') throw new Error('A stack token reached a route for people')
  return request.principal
}

/** Who a request that goes on is from by now; undefined: what it showed counts no more. */
export async function principalAgain(
  request: FastifyRequest,
  tokens: TokenLookup,
): Promise<Principal | undefined> {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const given = credentials(authorization)
    return given?.scheme === 'token' ? tokens.principalOf(given.token) : undefined
  }
  const cookie = sessionTokenOf(request)
  return cookie === undefined ? undefined : (await tokens.sessionOf(cookie))?.principal
}
