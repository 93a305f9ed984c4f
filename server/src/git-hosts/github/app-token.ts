/**
 * Tokens of a GitHub App's installation: for one repository, with only the permissions that are needed, for an hour.
 *
 * Kept in memory until they are near their end, and nowhere else.
 *
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
 */
import { createPrivateKey } from 'node:crypto'
import { SignJWT } from 'jose'
import type { RepositoryName } from '../../git-events/git-event.ts'
import { type HostApiServices, type HostRefusal, isHostRefusal } from '../adapter.ts'
import { field, wholeNumber } from '../json.ts'
import { OTHER_FORM } from '../refusals.ts'
import { askHost } from '../request.ts'

export type AppPermissions = Readonly<Record<string, 'read' | 'write'>>

export interface InstallationToken {
  readonly token: string
  readonly expiresAt: Date
}

export interface AppTokens {
  /** For the App itself: who it is, where it is installed. */
  appHeaders(): Promise<Readonly<Record<string, string>>>
  /** @throws {HostUnavailable} */
  tokenFor(repository: RepositoryName, permissions: AppPermissions): Promise<InstallationToken | HostRefusal>
}

/** GitHub takes up to ten minutes, and its clock may be behind ours. */
const JWT_LIFETIME_SECONDS = 9 * 60
const CLOCK_SKEW_SECONDS = 60
/** Whoever gets a token has at least so long to use it. */
const NEAR_END_SECONDS = 10 * 60
const MOST_KEPT = 1000

/** Of all connections of this process: an adapter's API is made anew for each delivery. */
const kept = new Map<string, InstallationToken>()

export interface App {
  /** Of the connection: two with one App do not share. */
  readonly hostId: string
  readonly apiUrl: string
  readonly appId: string
  readonly privateKey: string
}

export function appTokens(services: HostApiServices, app: App): AppTokens {
  const { now } = services

  async function appHeaders() {
    const seconds = Math.floor(now().getTime() / 1000)
    const jwt = await new SignJWT({})
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(app.appId)
      .setIssuedAt(seconds - CLOCK_SKEW_SECONDS)
      .setExpirationTime(seconds + JWT_LIFETIME_SECONDS)
      .sign(createPrivateKey(app.privateKey))
    return gitHubHeaders(jwt)
  }

  async function installationOf(repository: RepositoryName): Promise<number | HostRefusal> {
    const answer = await askHost(services, {
      url: `${app.apiUrl}/repos/${repository}/installation`,
      headers: await appHeaders(),
    })
    if (isHostRefusal(answer)) {
      if (answer.code !== 'HOST_NOT_FOUND') return answer
      const sentence = `The GitHub App is not installed on ${repository}: install it there, or give it access to that repository.`
      return { code: 'HOST_NOT_FOUND', sentence }
    }
    return wholeNumber(field(answer.json, 'id')) ?? OTHER_FORM
  }

  return {
    appHeaders,
    async tokenFor(repository, permissions) {
      const key = JSON.stringify([app.hostId, app.appId, app.apiUrl, repository.toLowerCase(), permissions])
      const known = kept.get(key)
      if (known && known.expiresAt.getTime() - now().getTime() > NEAR_END_SECONDS * 1000) return known
      const installation = await installationOf(repository)
      if (typeof installation !== 'number') return installation
      const answer = await askHost(services, {
        method: 'POST',
        url: `${app.apiUrl}/app/installations/${installation}/access_tokens`,
        headers: await appHeaders(),
        body: { repositories: [repository.split('/')[1]], permissions },
      })
      if (isHostRefusal(answer)) return answer
      const [token, expires] = [field(answer.json, 'token'), field(answer.json, 'expires_at')]
      const expiresAt = new Date(String(expires))
      if (typeof token !== 'string' || Number.isNaN(expiresAt.getTime())) return OTHER_FORM
      kept.delete(key)
      kept.set(key, { token, expiresAt })
      for (const oldest of kept.keys()) {
        if (kept.size <= MOST_KEPT) break
        kept.delete(oldest)
      }
      return { token, expiresAt }
    },
  }
}

export function gitHubHeaders(token: string | undefined): Readonly<Record<string, string>> {
  return {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
}
