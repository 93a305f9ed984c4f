/** A world whose organization `acme` takes tokens of an issuer for logins. */
import { expect } from 'vitest'
import { fetchFromLoopback, type OtherIssuer, startOtherIssuer } from './other-issuer.ts'
import { createWorld, type World, type WorldAnswer } from './world.ts'

const ORG = '/api/orgs/acme'
export const SUBJECT = 'repo:acme/web:ref:refs/heads/main'
/** Lets an organization's token be given to the repository `acme/web`. */
export const ALLOW = {
  decision: 'allow',
  tokenType: 'organization',
  authorizedPermissions: [],
  rules: { sub: 'repo:acme/web:*' },
} as const

export interface OidcLogins {
  readonly world: World
  readonly issuer: OtherIssuer
  readonly issuerId: string
  /** All of them; `ALLOW` alone at the beginning. */
  setPolicies(policies: readonly object[]): Promise<void>
  idToken(claims?: Record<string, unknown>): Promise<string>
  /** As the CLI asks, for a token of the organization, but for the given fields; those that are undefined are left out. */
  exchange(fields?: Record<string, string | undefined>): Promise<WorldAnswer>
  close(): Promise<void>
}

/** The fields that ask for another token. */
export function asked(tokenType: string, scope: string): Record<string, string> {
  return { requested_token_type: `urn:pulumi:token-type:access_token:${tokenType}`, scope }
}

export function form(fields: Record<string, string | undefined>): string {
  const given = Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return String(new URLSearchParams(given))
}

export async function startOidcLogins(): Promise<OidcLogins> {
  const issuer = await startOtherIssuer()
  const world = await createWorld({
    flags: ['--failed-logins-per-minute', '0'],
    fetchDocument: fetchFromLoopback,
  })
  const registered = await world.call('POST', `${ORG}/oidc/issuers`, {
    body: { name: 'github', url: issuer.url, maxExpiration: 3_600 },
  })
  expect(registered.status, JSON.stringify(registered.body)).toBe(200)
  const issuerId = registered.body.id
  const { body: policy } = await world.call('GET', `${ORG}/auth/policies/oidcissuers/${issuerId}`)
  const idToken: OidcLogins['idToken'] = (claims = {}) =>
    issuer.token({ aud: 'urn:pulumi:org:acme', sub: SUBJECT, ...claims })
  const logins: OidcLogins = {
    world,
    issuer,
    issuerId,
    async setPolicies(policies) {
      const { status, body } = await world.call('PATCH', `${ORG}/auth/policies/${policy.id}`, {
        body: { policies },
      })
      expect(status, JSON.stringify(body)).toBe(200)
    },
    idToken,
    async exchange(fields = {}) {
      return world.call('POST', '/api/oauth/token', {
        token: null,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        raw: form({
          audience: 'urn:pulumi:org:acme',
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          ...asked('organization', ''),
          subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
          subject_token: fields['subject_token'] ?? (await idToken()),
          expiration: '0',
          ...fields,
        }),
      })
    },
    async close() {
      await world.close()
      await issuer.close()
    },
  }
  await logins.setPolicies([ALLOW])
  return logins
}
