/**
 * A person who is signed in to the web console: a cookie instead of the access token that it was made of.
 *
 * Owns: the cookie, how long it lives, and which requests with it are believed to come from our own pages. Does not
 * own: what the person may do (the access token's holder), nor the pages (server/src/console).
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyRequest } from 'fastify'
import { isTokenOf } from './token.ts'

export const SESSION_COOKIE = 'daypass_session'
export const SESSION_SECONDS = 12 * 60 * 60
/** The row and the cookie are written again once this much of the time has gone. */
export const RENEW_AFTER_SECONDS = 5 * 60
/** Another origin's page cannot send it without a question that we never answer. */
const CONSOLE_HEADER = 'x-daypass-console'

export interface SessionCookies {
  set(token: string): string
  readonly cleared: string
}

/** Of this installation's path alone, never for scripts, never with another site's request. */
export function sessionCookies(baseUrl: string): SessionCookies {
  const { pathname, protocol } = new URL(baseUrl)
  const path = `${pathname.replace(/\/$/, '')}/`
  const rest = `HttpOnly; SameSite=Strict; Path=${path}${protocol === 'https:' ? '; Secure' : ''}`
  return {
    set: (token) => `${SESSION_COOKIE}=${token}; Max-Age=${SESSION_SECONDS}; ${rest}`,
    cleared: `${SESSION_COOKIE}=; Max-Age=0; ${rest}`,
  }
}

/** Undefined without one, and for two: which of them would be ours cannot be told. */
export function sessionTokenOf({ headers }: FastifyRequest): string | undefined {
  const values = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${SESSION_COOKIE}=`))
    .map((pair) => pair.slice(SESSION_COOKIE.length + 1))
  const [value] = values
  return values.length === 1 && value !== undefined && isTokenOf('session', value) ? value : undefined
}

/** Why a request with the cookie is not believed to be our console's. */
export function whyNotFromConsole(request: FastifyRequest, ownOrigin: string): Refusal | undefined {
  if (request.method === 'GET' || request.method === 'HEAD') {
    const site = request.headers['sec-fetch-site']
    return site === undefined || site === 'same-origin' || site === 'none' ? undefined : FOREIGN
  }
  if (request.headers[CONSOLE_HEADER] !== '1') return NO_HEADER
  return whyFromElsewhere(request, ownOrigin)
}

/** What a browser says of where a request comes from, if it says something. */
export function whyFromElsewhere({ headers }: FastifyRequest, ownOrigin: string): Refusal | undefined {
  const { origin, 'sec-fetch-site': site } = headers
  if (origin !== undefined && origin !== ownOrigin) return FOREIGN
  return site === undefined || site === 'same-origin' ? undefined : FOREIGN
}

const NO_HEADER: Refusal = {
  status: 403,
  reason: 'console_header_missing',
  message: 'A request with the cookie of a session must have the header "X-Daypass-Console: 1".',
}

const FOREIGN: Refusal = {
  status: 403,
  reason: 'foreign_origin',
  message:
    'The session of the console counts for its own pages only: this request comes from another origin than the base URL.',
}
