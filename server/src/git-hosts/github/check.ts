/** Who we are on GitHub, and what is missing. */
import { type HostApiServices, type HostCheck, type HostRefusal, isHostRefusal } from '../adapter.ts'
import { field, list, texts, words } from '../json.ts'
import { NO_TOKEN } from '../refusals.ts'
import { askHost } from '../request.ts'
import { type App, type AppTokens, gitHubHeaders } from './app-token.ts'

/** What an App has to be allowed, and what it is needed for. */
export const APP_PERMISSIONS: Readonly<Record<string, 'read' | 'write'>> = {
  contents: 'read',
  metadata: 'read',
  pull_requests: 'write',
  checks: 'write',
  statuses: 'write',
}
export const APP_EVENTS = ['push', 'pull_request', 'issue_comment', 'pull_request_review'] as const

export async function checkApp(
  services: HostApiServices,
  app: App,
  tokens: AppTokens,
): Promise<HostCheck | HostRefusal> {
  const headers = await tokens.appHeaders()
  const answer = await askHost(services, { url: `${app.apiUrl}/app`, headers })
  if (isHostRefusal(answer)) return answer
  const installations = await askHost(services, {
    url: `${app.apiUrl}/app/installations?per_page=1`,
    headers,
  })
  if (isHostRefusal(installations)) return installations
  const given = field(answer.json, 'permissions')
  const events = texts(field(answer.json, 'events')) ?? []
  const missing = [
    ...Object.entries(APP_PERMISSIONS)
      .filter(([name, need]) => !reaches(field(given, name), need))
      .map(([name, need]) => `Give the App the repository permission "${name}": ${need}.`),
    ...APP_EVENTS.filter((event) => !events.includes(event)).map(
      (event) => `Subscribe the App to the event "${event}".`,
    ),
    ...(list(installations.json).length === 0 ? ['Install the App on the repositories of your stacks.'] : []),
  ]
  return { identity: `${words(field(answer.json, 'slug'), 100)} (GitHub App ${app.appId})`, missing }
}

function reaches(given: unknown, need: 'read' | 'write'): boolean {
  return given === 'write' || given === need
}

/** Without a token pushes deploy all the same, from repositories that can be read without one. */
export async function checkToken(
  services: HostApiServices,
  apiUrl: string,
  token: string | undefined,
): Promise<HostCheck | HostRefusal> {
  if (token === undefined) return { identity: 'nobody', missing: [NO_TOKEN] }
  const answer = await askHost(services, { url: `${apiUrl}/user`, headers: gitHubHeaders(token) })
  if (isHostRefusal(answer)) return answer
  const scopes = answer.headers.get('x-oauth-scopes')
  const isWide = scopes === null || scopes === '' || scopes.split(/, */).includes('repo')
  return {
    identity: words(field(answer.json, 'login'), 100),
    missing: isWide ? [] : ['Give the token the scope "repo": without it private repositories are not seen.'],
  }
}
