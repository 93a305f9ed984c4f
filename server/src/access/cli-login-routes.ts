/** The pages of a login in the browser. Outside of `/api`: a browser opens them, with nothing but a link. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findAccessToken } from './access-token.sql.ts'
import { type AccessTokenServices, makeAccessToken } from './access-token.ts'
import {
  type CliSessionFields,
  cliSessionFrom,
  handOverUrl,
  loginPage,
  messagePage,
  type Page,
} from './cli-login.ts'
import { failedTooOften } from './failed-authentication.ts'
import type { FailureLimit } from './failure-limit.ts'
import { isPersonThemselves } from './principal.ts'
import { hashToken, isTokenOf } from './token.ts'
import { holderOf } from './token-lookup.ts'

interface Services extends AccessTokenServices {
  readonly failures: FailureLimit
  readonly config: { readonly baseUrl: string }
}

/** A form with a token, a number and a few words. */
const FORM_BYTES = 4 * 1024

type Form = CliSessionFields & { readonly accessToken?: string }

export function cliLoginRoutes(app: FastifyInstance, services: Services): void {
  const ownOrigin = new URL(services.config.baseUrl).origin

  app.register(async (pages) => {
    pages.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_BYTES },
      async (_request: FastifyRequest, text: string) => Object.fromEntries(new URLSearchParams(text)),
    )

    pages.get<{ Querystring: CliSessionFields }>('/cli-login', async ({ query }, reply) => {
      const session = cliSessionFrom(oneOfEach({ ...query }))
      return session ? show(reply, 200, loginPage(session, undefined)) : show(reply, 400, noCli)
    })

    pages.post<{ Body: Form | null }>('/cli-login', async (request, reply) => {
      const form = request.body ?? {}
      const session = cliSessionFrom(form)
      if (!session || !isFromOurPage(request, ownOrigin)) return show(reply, 400, noCli)
      const given = form.accessToken?.trim() ?? ''
      const found = isTokenOf('access', given)
        ? await findAccessToken(services.db, hashToken(given))
        : undefined
      // A program's token, or one that counts in one organization, must not become one that does not.
      const user = found && isPersonThemselves(holderOf(found)) ? found : undefined
      if (!user) {
        const tooOften = failedTooOften(services.failures, request, reply)
        const { status, message } = tooOften ?? unknownToken
        return show(reply, status, loginPage(session, message))
      }
      const { description } = session
      const { tokenValue } = await makeAccessToken(services, user, { description, expiresAt: user.expiresAt })
      return withPageHeaders(reply, undefined).redirect(handOverUrl(session, tokenValue), 303)
    })

    pages.get('/welcome/cli', async (_request, reply) => show(reply, 200, welcome))
  })
}

/** A name that stands twice in a link means nothing. */
function oneOfEach(query: Readonly<Record<string, unknown>>): CliSessionFields {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => typeof value === 'string'))
}

/** Browsers say where a form comes from, and pages cannot make them lie. */
function isFromOurPage({ headers }: FastifyRequest, ownOrigin: string): boolean {
  return headers['sec-fetch-site'] === 'same-origin' || headers.origin === ownOrigin
}

function show(reply: FastifyReply, status: number, page: Page): FastifyReply {
  return withPageHeaders(reply, page.contentSecurityPolicy)
    .code(status)
    .type('text/html; charset=utf-8')
    .send(page.html)
}

function withPageHeaders(reply: FastifyReply, contentSecurityPolicy: string | undefined): FastifyReply {
  reply.headers({
    'cache-control': 'no-store',
    // The form says its origin to us; nothing is said to anybody else.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  })
  return contentSecurityPolicy === undefined
    ? reply
    : reply.header('content-security-policy', contentSecurityPolicy)
}

const unknownToken = { status: 401, message: 'This access token is unknown, expired or revoked.' } as const

const noCli = messagePage(
  'This is no login of a Pulumi CLI',
  'Run "pulumi login" with the address of this server, and open the page that it names.',
)

const welcome = messagePage('You are logged in', 'The Pulumi CLI has its token. You may close this page.')
