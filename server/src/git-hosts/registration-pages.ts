/**
 * The pages between which a person makes a GitHub App. Outside of `/api`: a browser opens them, with nothing but a state.
 *
 * Whoever has the link can do no more with it than give the organization an App; whoever began it is told to have.
 */
import { GIT_EVENTS_PATH } from '@daypass/contract/git-hosts.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { failedTooOften } from '../access/failed-authentication.ts'
import type { FailureLimit } from '../access/failure-limit.ts'
import { escaped, messagePage, type Page, page } from '../http/page.ts'
import { oneOfEach, showPage, withPageHeaders } from '../http/page-answers.ts'
import { manifestOf, newAppUrl } from './github/manifest.ts'
import {
  type AppRegistration,
  completeRegistration,
  type NoRegistration,
  type RegistrationServices,
  waitingRegistration,
} from './registration.ts'
import { APP_PAGE } from './registration-routes.ts'

interface Services extends RegistrationServices {
  readonly config: { readonly baseUrl: string }
  readonly failures: FailureLimit
}

type Query = Readonly<Record<string, unknown>>

export function registrationPages(app: FastifyInstance, services: Services): void {
  const { baseUrl } = services.config

  app.get<{ Querystring: Query }>(APP_PAGE, async (request, reply) => {
    const { state } = oneOfEach({ ...request.query })
    const found = await waitingRegistration(services, state)
    if (typeof found === 'string') return showNone(services, request, reply, found)
    // GitHub is told the origin, which the manifest names anyway: browsers would say "null" otherwise.
    return showPage(reply, 200, beginPage(found, state ?? '', baseUrl), 'origin')
  })

  app.get<{ Querystring: Query }>(`${APP_PAGE}/made`, async (request, reply) => {
    const { state, code } = oneOfEach({ ...request.query })
    const returned = await completeRegistration(services, state, code)
    if (typeof returned === 'string') return showNone(services, request, reply, returned)
    switch (returned.outcome) {
      case 'connected':
        return withPageHeaders(reply).redirect(returned.app.installUrl, 303)
      case 'try-again':
        return showPage(
          reply,
          502,
          messagePage('GitHub was not asked', `${returned.sentence} Reload this page to try again.`),
        )
      case 'failed':
        return showPage(
          reply,
          409,
          messagePage('The App is not connected', `${returned.sentence} To begin again, ${BEGIN_AGAIN}`),
        )
    }
  })

  app.get(`${APP_PAGE}/installed`, async (_request, reply) => showPage(reply, 200, installed))
}

function showNone(
  { failures }: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  why: NoRegistration,
): FastifyReply {
  const tooOften = why === 'unknown' ? failedTooOften(failures, request, reply) : undefined
  return tooOften
    ? showPage(reply, tooOften.status, messagePage('Too many requests', tooOften.message))
    : showPage(reply, STATUS[why], messagePage('This link is worth nothing', SENTENCE[why]))
}

const BEGIN_AGAIN = 'run "daypass connect github" again, and open the link that it prints.'
const STATUS: Readonly<Record<NoRegistration, number>> = { unknown: 404, expired: 410, used: 410 }
const SENTENCE: Readonly<Record<NoRegistration, string>> = {
  unknown: `It is not one of this server, or a later one took its place: ${BEGIN_AGAIN}`,
  expired: `It was good for half an hour, which is over: ${BEGIN_AGAIN}`,
  used: `It is good once, and was used: look at the terminal, where the command says what came of it. If it did not end well, ${BEGIN_AGAIN}`,
}

const installed = messagePage(
  'The App is installed',
  'Pushes to the repositories that you chose are told to Daypass from now on. You may close this page.',
)

function beginPage(found: AppRegistration, state: string, baseUrl: string): Page {
  const { id, organization, login, name, webUrl, account } = found
  const manifest = manifestOf({
    organization,
    baseUrl,
    eventsUrl: baseUrl + GIT_EVENTS_PATH.replace(':hostId', id),
    redirectUrl: `${baseUrl}${APP_PAGE}/made`,
    setupUrl: `${baseUrl}${APP_PAGE}/installed`,
  })
  const owner = account === null ? 'your own account' : `the organization <code>${escaped(account)}</code>`
  return page(
    'Make a GitHub App',
    `<p><code>${escaped(login)}</code> connects the organization <code>${escaped(organization)}</code> of
<code>${escaped(new URL(baseUrl).host)}</code> to GitHub, as <code>${escaped(name)}</code>.</p>
<p>Go on only if you have just run <code>daypass connect github</code> yourself: whoever administers
<code>${escaped(organization)}</code> here can then deploy from the repositories that you install the App on.</p>
<ol>
<li>The button takes you to <code>${escaped(webUrl)}</code>, which shows a new App of ${owner}, for no other account.
It may read code and metadata, and write checks, statuses and comments on pull requests. Press “Create GitHub App” there.</li>
<li>GitHub brings you back, and this server fetches the App’s key and keeps it encrypted.</li>
<li>You choose the repositories of your stacks, and no others.</li>
</ol>
<form method="post" action="${escaped(newAppUrl(webUrl, account, state))}">
<input type="hidden" name="manifest" value="${escaped(JSON.stringify(manifest))}">
<button>Go on to GitHub</button>
</form>`,
    new URL(webUrl).origin,
  )
}
