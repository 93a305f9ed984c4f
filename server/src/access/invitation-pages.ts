/** What somebody sees who was sent an invitation. Opening it uses nothing up: programs open links, too. */
import type { FastifyInstance } from 'fastify'
import { escaped, messagePage, type Page, page } from '../http/page.ts'
import { isFromOurPage, oneOfEach, readForms, showPage } from '../http/page-answers.ts'
import { isRefusal } from '../refuse.ts'
import type { AccessTokenServices } from './access-token.ts'
import { failedTooOften } from './failed-authentication.ts'
import type { FailureLimit } from './failure-limit.ts'
import type { InvitationRow } from './invitation.sql.ts'
import { type Accepted, accept, invitationOf } from './invitation.ts'
import type { TokenLookup } from './token-lookup.ts'

interface Services extends AccessTokenServices {
  readonly now: () => Date
  readonly tokens: TokenLookup
  readonly failures: FailureLimit
  readonly config: { readonly baseUrl: string }
}

export function invitationPages(app: FastifyInstance, services: Services): void {
  const { db, tokens, failures, config } = services
  const ownOrigin = new URL(config.baseUrl).origin

  app.register(async (pages) => {
    readForms(pages)

    pages.get('/invitation', async (request, reply) => {
      const { code = '' } = oneOfEach({ ...(request.query as object) })
      const invitation = await invitationOf(db, code)
      if (invitation) return showPage(reply, 200, invitationPage(invitation, code))
      const tooOften = failedTooOften(failures, request, reply)
      return showPage(reply, tooOften?.status ?? 404, tooOften ? waitPage(tooOften.message) : noInvitation)
    })

    pages.post('/invitation', async (request, reply) => {
      const { code = '' } = oneOfEach({ ...(request.body as object | null) })
      if (!isFromOurPage(request, ownOrigin)) return showPage(reply, 400, noInvitation)
      const accepted = await accept(services, code)
      if (accepted === undefined) {
        const tooOften = failedTooOften(failures, request, reply)
        return showPage(reply, tooOften?.status ?? 404, tooOften ? waitPage(tooOften.message) : noInvitation)
      }
      if (isRefusal(accepted))
        return showPage(reply, accepted.status, messagePage('Not possible', accepted.message))
      tokens.forget()
      return showPage(reply, 200, welcomePage(accepted, config.baseUrl))
    })
  })
}

function invitationPage({ organization, login, role, creator }: InvitationRow, code: string): Page {
  return page(
    `Join ${organization}`,
    `<p><code>${escaped(creator)}</code> invites you to the organization <code>${escaped(organization)}</code>,
as <code>${escaped(login)}</code> with the role <code>${escaped(role)}</code>.</p>
<form method="post" action="invitation" autocomplete="off">
<input type="hidden" name="code" value="${escaped(code)}">
<button>Join</button>
</form>
<p>You get an access token, which is shown once. The link is used up then.</p>`,
    "'self'",
  )
}

function welcomePage({ invitation: { organization, login }, tokenValue }: Accepted, baseUrl: string): Page {
  return page(
    `You are in ${organization}`,
    `<p>You are <code>${escaped(login)}</code>. Your access token, which is shown only now:</p>
<p><code>${escaped(tokenValue)}</code></p>
<p>Log in with <code>pulumi login ${escaped(baseUrl)}</code>, and paste it there.</p>`,
    "'none'",
  )
}

const waitPage = (message: string): Page => messagePage('Too many tries', message)

const noInvitation = messagePage(
  'This invitation is none any more',
  'It was used, taken back, or has ended. Ask an admin of the organization for another one.',
)
