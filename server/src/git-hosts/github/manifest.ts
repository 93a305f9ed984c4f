/**
 * A GitHub App made by a manifest: what is asked for, where the browser takes it, and what the code that comes back is
 * good for.
 *
 * @see https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
import { createHmac } from 'node:crypto'
import { type HostApiServices, type HostRefusal, isHostRefusal } from '../adapter.ts'
import { field, wholeNumber, words } from '../json.ts'
import { OTHER_FORM } from '../refusals.ts'
import { askHost } from '../request.ts'
import { gitHubHeaders } from './app-token.ts'
import { APP_EVENTS, APP_PERMISSIONS } from './check.ts'

export interface ManifestFacts {
  /** Ours. */
  readonly organization: string
  readonly baseUrl: string
  readonly eventsUrl: string
  /** Where GitHub brings the browser back with a code. */
  readonly redirectUrl: string
  /** Where it brings the browser after an installation. */
  readonly setupUrl: string
}

/** GitHub takes no longer names of Apps. */
const LONGEST_NAME = 34

/** What `check` asks for, and nothing more; for the account that makes it alone. */
export function manifestOf(facts: ManifestFacts): object {
  const { organization, baseUrl, eventsUrl, redirectUrl, setupUrl } = facts
  return {
    name: `daypass-${organization}`.slice(0, LONGEST_NAME),
    url: baseUrl,
    description: `Deploys and previews stacks of the organization ${organization} with Daypass.`,
    hook_attributes: { url: eventsUrl, active: true },
    redirect_url: redirectUrl,
    setup_url: setupUrl,
    public: false,
    default_permissions: APP_PERMISSIONS,
    default_events: APP_EVENTS,
  }
}

/** @param account An organization of GitHub; null for the person's own account. */
export function newAppUrl(webUrl: string, account: string | null, state: string): string {
  const owner = account === null ? '' : `/organizations/${encodeURIComponent(account)}`
  return `${webUrl}${owner}/settings/apps/new?${new URLSearchParams({ state })}`
}

export interface MadeApp {
  readonly appId: string
  readonly slug: string
  readonly privateKey: string
  readonly webhookSecret: string
  readonly installUrl: string
}

const CODE = /^[A-Za-z0-9_-]{1,200}$/

/**
 * What GitHub made, for the code: it is good once, within the hour. The client secret that comes along is dropped.
 *
 * @throws {HostUnavailable}
 */
export async function exchangeCode(
  services: HostApiServices,
  { webUrl, apiUrl }: { readonly webUrl: string; readonly apiUrl: string },
  code: string,
): Promise<MadeApp | HostRefusal> {
  if (!CODE.test(code)) return REFUSED_CODE
  const url = `${apiUrl}/app-manifests/${code}/conversions`
  const answer = await askHost(services, { method: 'POST', url, headers: gitHubHeaders(undefined) })
  if (isHostRefusal(answer)) return answer.code === 'HOST_NOT_FOUND' ? REFUSED_CODE : answer
  const [id, slug] = [wholeNumber(field(answer.json, 'id')), words(field(answer.json, 'slug'), 100)]
  const [privateKey, webhookSecret] = [field(answer.json, 'pem'), field(answer.json, 'webhook_secret')]
  const isWhole = typeof privateKey === 'string' && typeof webhookSecret === 'string' && webhookSecret !== ''
  if (id === undefined || !/^[A-Za-z0-9_-]+$/.test(slug) || !isWhole) return OTHER_FORM
  const page = words(field(answer.json, 'html_url'), 500)
  // Never elsewhere than at the host itself. An Enterprise Server has other addresses than github.com.
  const home = page.startsWith(`${webUrl}/`) ? page : `${webUrl}/apps/${slug}`
  return { appId: String(id), slug, privateKey, webhookSecret, installUrl: `${home}/installations/new` }
}

const REFUSED_CODE: HostRefusal = {
  code: 'HOST_NOT_FOUND',
  sentence:
    'GitHub does not take the code that it gave: it is good once, for an hour. If GitHub shows a new App, delete it there.',
}

/** As GitHub sends one to show that it can. Nothing follows from it, and only it is signed. */
export function signedPing(webhookSecret: string, deliveryId: string) {
  const body = JSON.stringify({ event: 'ping', zen: 'A test event of daypass.' })
  const signature = createHmac('sha256', webhookSecret).update(body).digest('hex')
  return {
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'ping',
      'x-github-delivery': deliveryId,
      'x-hub-signature-256': `sha256=${signature}`,
    },
    body,
  }
}
