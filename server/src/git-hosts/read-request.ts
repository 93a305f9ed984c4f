/** What an admin says about a connection, kind by kind: its addresses, and what it needs to be spoken to with. */
import { createPrivateKey } from 'node:crypto'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { ChangeGitHostRequest, ConnectGitHostRequest } from '@daypass/contract/git-hosts.ts'
import { readRepositoryName } from '../git-events/git-event.ts'
import { whyNotOutbound } from '../outbound/fetch.ts'
import { isRefusal } from '../refuse.ts'
import type { GitHostKind, HostSecrets, HostSettings } from './git-host.ts'

export interface HostAddresses {
  readonly webUrl: string
  readonly apiUrl: string | null
}

interface Usual {
  /** Undefined: each has its own. */
  readonly webUrl?: string
  /** Null: it has no API that we speak. */
  readonly apiUrl: ((webUrl: string) => string) | null
}

const GITHUB: Usual = { webUrl: 'https://github.com', apiUrl: () => 'https://api.github.com' }
const USUAL: Readonly<Record<GitHostKind, Usual>> = {
  'github-app': GITHUB,
  github: GITHUB,
  'github-enterprise': { apiUrl: (webUrl) => `${webUrl}/api/v3` },
  gitlab: { webUrl: 'https://gitlab.com', apiUrl: (webUrl) => `${webUrl}/api/v4` },
  bitbucket: { webUrl: 'https://bitbucket.org', apiUrl: () => 'https://api.bitbucket.org/2.0' },
  'azure-devops': { webUrl: 'https://dev.azure.com', apiUrl: (webUrl) => webUrl },
  gitea: { apiUrl: (webUrl) => `${webUrl}/api/v1` },
  custom: { apiUrl: null },
  polling: { apiUrl: null },
}

/** Each is a look of its own. */
const MOST_POLLED = 50

export const PRIVATE_HOSTS_FLAG = '--allow-private-git-hosts'

/** They stay as they are: a credential that was saved for one address is never sent to another. */
export function readAddresses(
  body: Pick<ConnectGitHostRequest, 'kind' | 'webUrl' | 'apiUrl'>,
  allowPrivate: boolean,
): HostAddresses | Refusal {
  const usual = USUAL[body.kind]
  const given = body.webUrl ?? usual.webUrl
  if (given === undefined) {
    return bad('no_web_url', `webUrl is missing: say where the host is, such as https://git.example.com.`)
  }
  // What is polled a runner connects to, by its own rules, and never this server.
  const webUrl = readUrl('webUrl', given, allowPrivate || body.kind === 'polling')
  if (isRefusal(webUrl)) return webUrl
  if (usual.apiUrl === null) {
    return body.apiUrl === undefined
      ? { webUrl, apiUrl: null }
      : bad('no_api', `a host of kind ${body.kind} has no apiUrl; leave it out.`)
  }
  const apiUrl = readUrl('apiUrl', body.apiUrl ?? usual.apiUrl(webUrl), allowPrivate)
  return isRefusal(apiUrl) ? apiUrl : { webUrl, apiUrl }
}

function readUrl(field: string, given: string, allowPrivate: boolean): string | Refusal {
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (!url || /[?#]/.test(given) || !/^(?:\/[A-Za-z0-9._~-]+)*\/?$/.test(url.pathname)) {
    return bad('invalid_url', `${field} must be an https URL with a plain path, without query or fragment.`)
  }
  const reason = whyNotOutbound(url, { allowPrivate, flag: PRIVATE_HOSTS_FLAG })
  return reason === undefined
    ? url.origin + url.pathname.replace(/\/$/, '')
    : bad('url_refused', `${field} is not one that this server connects to. ${reason}`)
}

/** What a change says over what there is. */
export function readSettings(body: ChangeGitHostRequest, before: HostSettings): HostSettings | Refusal {
  const wrong = body.repositories?.find((one) => !isRepositoryPattern(one))
  if (wrong !== undefined) {
    return bad(
      'invalid_repository',
      `repositories must hold owner/name or owner/*: ${JSON.stringify(wrong)} is neither.`,
    )
  }
  const { appId = before.appId, comments = before.comments, everySeconds = before.everySeconds } = body
  const repositories = body.repositories ?? before.repositories ?? []
  return {
    ...(appId !== undefined && { appId }),
    ...(repositories.length > 0 && { repositories }),
    ...(comments !== undefined && { comments }),
    ...(everySeconds !== undefined && { everySeconds }),
    ...(before.poolId !== undefined && { poolId: before.poolId }),
  }
}

function isRepositoryPattern(given: string): boolean {
  return readRepositoryName(given.endsWith('/*') ? given.replace(/\*$/, 'x') : given) !== undefined
}

export function readSecrets(
  body: Pick<ChangeGitHostRequest, 'token' | 'userName' | 'privateKey'>,
  before: HostSecrets,
): HostSecrets | Refusal {
  const { token = before.token, userName = before.userName, privateKey = before.privateKey } = body
  if (body.privateKey !== undefined && !isRsaKey(body.privateKey)) {
    return bad(
      'invalid_private_key',
      'privateKey must be an RSA private key in PEM form, as GitHub gives it.',
    )
  }
  return {
    webhookSecret: before.webhookSecret,
    ...(token !== undefined && { token }),
    ...(userName !== undefined && { userName }),
    ...(privateKey !== undefined && { privateKey }),
  }
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}

/** Of the whole, once it is put together. */
export function whyIncomplete(
  kind: GitHostKind,
  { appId, repositories = [], everySeconds, poolId }: HostSettings,
  { token, privateKey }: HostSecrets,
): Refusal | undefined {
  if (kind === 'polling') {
    const named = repositories.length > 0 && !repositories.some((one) => one.endsWith('/*'))
    if (!named || repositories.length > MOST_POLLED)
      return bad(
        'polled_repositories',
        `say which repositories are polled, each by its whole owner/name, at most ${MOST_POLLED}: nobody can be asked for a list.`,
      )
  } else if (everySeconds !== undefined || poolId !== undefined) {
    return bad('not_polled', `a host of kind ${kind} is not polled; leave out everySeconds and agentPoolID.`)
  }
  const isApp = appId !== undefined || privateKey !== undefined
  if (isApp && kind !== 'github-app' && kind !== 'github-enterprise')
    return bad('not_an_app', `a host of kind ${kind} has no appId and no privateKey; use kind github-app.`)
  if ((kind === 'github-app' || isApp) && (appId === undefined || privateKey === undefined))
    return bad('incomplete_app', 'a GitHub App needs both its appId and its privateKey.')
  if (isApp && token !== undefined)
    return bad('token_beside_app', 'a GitHub App needs no token; leave it out.')
  return undefined
}

function bad(reason: string, message: string): Refusal {
  return { status: 400, reason, message: `Bad Request: ${message}` }
}
