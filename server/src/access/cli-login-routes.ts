/** The pages of a login in the browser. Outside of `/api`: a browser opens them, with nothing but a link. */

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { messagePage } from '../http/page.ts'
import { isFromOurPage, oneOfEach, readForms, showPage, withPageHeaders } from '../http/page-answers.ts'
import { type AccessTokenRow, findAccessToken } from './access-token.sql.ts'
import { type AccessTokenServices, makeAccessToken } from './access-token.ts'
import { type CliSessionFields, cliSessionFrom, handOverUrl, loginPage } from './cli-login.ts'
import { type ConsoleSessionRow, findConsoleSession } from './console-session.sql.ts'
import { sessionTokenOf, whyFromElsewhere } from './console-session.ts'
import { failedTooOften } from './failed-authentication.ts'
import type { FailureLimit } from './failure-limit.ts'
import { leastMaxTokenDays } from './organization.sql.ts'
import { isPersonThemselves } from './principal.ts'
import { hashToken, isTokenOf } from './token.ts'
import { expiryUnasked, sooner } from './token-expiry.ts'
import { holderOf } from './token-lookup.ts'

interface Services extends AccessTokenServices {
  readonly now: () => Date
  readonly failures: FailureLimit
  readonly config: { readonly baseUrl: string }
}

type Form = CliSessionFields & { readonly accessToken?: string; readonly asSignedIn?: string }

export function cliLoginRoutes(app: FastifyInstance, services: Services): void {
  const ownOrigin = new URL(services.config.baseUrl).origin

  app.register(async (pages) => {
    readForms(pages)

    pages.get<{ Querystring: CliSessionFields }>('/cli-login', async (request, reply) => {
      const session = cliSessionFrom(oneOfEach({ ...request.query }))
      if (!session) return showPage(reply, 400, noCli)
      return showPage(reply, 200, loginPage(session, undefined, await signedIn(request)))
    })

    pages.post<{ Body: Form | null }>('/cli-login', async (request, reply) => {
      const form = request.body ?? {}
      const session = cliSessionFrom(form)
      if (!session || !isFromOurPage(request, ownOrigin)) return showPage(reply, 400, noCli)
      const found = await (form.asSignedIn === undefined ? byToken(form) : byConsole(request))
      // A program's token, or one that counts in one organization, must not become one that does not.
      const user = found && isPersonThemselves(holderOf(found)) ? found : undefined
      if (!user) {
        const tooOften = failedTooOften(services.failures, request, reply)
        const { status, message } = tooOften ?? unknownToken
        return showPage(reply, status, loginPage(session, message, await signedIn(request)))
      }
      const { description } = session
      const most = expiryUnasked(services.now(), await leastMaxTokenDays(services.db, user.userId))
      const expiresAt = sooner(user.expiresAt, most)
      const { tokenValue } = await makeAccessToken(services, user, { description, expiresAt })
      return withPageHeaders(reply).redirect(handOverUrl(session, tokenValue), 303)
    })

    async function byToken({ accessToken = '' }: Form): Promise<AccessTokenRow | undefined> {
      const given = accessToken.trim()
      return isTokenOf('access', given) ? findAccessToken(services.db, hashToken(given)) : undefined
    }

    /** With nothing but the cookie it has to be our own page beyond doubt: all that the browser says must agree. */
    async function byConsole(request: FastifyRequest): Promise<ConsoleSessionRow | undefined> {
      return whyFromElsewhere(request, ownOrigin) ? undefined : signedIn(request)
    }

    async function signedIn(request: FastifyRequest): Promise<ConsoleSessionRow | undefined> {
      const cookie = sessionTokenOf(request)
      return cookie === undefined ? undefined : findConsoleSession(services.db, hashToken(cookie))
    }

    pages.get('/welcome/cli', async (_request, reply) => showPage(reply, 200, welcome))
  })
}

const unknownToken = { status: 401, message: 'This access token is unknown, expired or revoked.' } as const

const noCli = messagePage(
  'This is no login of a Pulumi CLI',
  'Run "pulumi login" with the address of this server, and open the page that it names.',
)

const welcome = messagePage('You are logged in', 'The Pulumi CLI has its token. You may close this page.')
