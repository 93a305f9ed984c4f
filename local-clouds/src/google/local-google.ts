/**
 * A strict Google Cloud on loopback: its Security Token Service, the impersonation of service accounts, and the page
 * that says whose access token one holds.
 *
 * Owns the HTTP server and its addresses. Listens on 127.0.0.1 only; it trusts issuers that Google would not.
 */
import { EXPLANATION_HEADER, writeExplanationHeader } from '@daypass/trust/explanation-header.ts'
import type { GoogleExplanation } from '@daypass/trust/google/explanation.ts'
import { bearerTokens } from '../cloud/bearer.ts'
import {
  type CloudAnswer,
  type CloudOptions,
  type CloudRequest,
  type CloudServer,
  startCloudServer,
} from '../cloud/http.ts'
import { issuerKeys } from '../issuer/issuer-keys.ts'
import type { LocalGoogleConfig } from './config.ts'
import { type Impersonated, impersonate } from './impersonation.ts'
import { exchangeToken, type GooglePrincipal } from './token-exchange.ts'

/** A federated token lives an hour at most. */
const LONGEST_FEDERATED_SECONDS = 3600

export async function startLocalGoogle(options: CloudOptions<LocalGoogleConfig>): Promise<CloudServer> {
  const { config, now, fetch, randomBytes, log = () => undefined } = options
  const keys = issuerKeys({ fetch, now })
  const federated = bearerTokens<GooglePrincipal>('ya29.d.', { randomBytes, now })
  const accounts = bearerTokens<Impersonated>('ya29.c.', { randomBytes, now })
  const later = (seconds: number) => new Date(now().getTime() + seconds * 1000)

  async function answer(request: CloudRequest): Promise<CloudAnswer> {
    const { method, path } = request
    if (method === 'POST' && path === '/v1/token') return exchange(request)
    const [, email] = /^\/v1\/projects\/-\/serviceAccounts\/([^/]+):generateAccessToken$/.exec(path) ?? []
    if (method === 'POST' && email !== undefined) return actAs(email, request)
    if (method === 'GET' && path === '/oauth2/v3/userinfo') return whoAmI(request)
    return iamAnswer(404, 'NOT_FOUND', 'There is no such page here.')
  }

  async function exchange(request: CloudRequest): Promise<CloudAnswer> {
    const principal = await exchangeToken(request.fields ?? {}, { config, keys, now, log })
    if ('kind' in principal) {
      log(`refused ${principal.error} ${principal.explanation?.sentence ?? principal.message}`)
      const body = { error: principal.error, error_description: principal.message }
      return { status: 400, body, ...explained(principal.explanation) }
    }
    log(`federated ${principal.principal}`)
    const seconds = Math.min(
      LONGEST_FEDERATED_SECONDS,
      Math.floor((principal.expiresAt.getTime() - now().getTime()) / 1000),
    )
    return {
      status: 200,
      body: {
        access_token: federated.issue(principal, later(seconds)),
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: seconds,
      },
    }
  }

  async function actAs(email: string, request: CloudRequest): Promise<CloudAnswer> {
    const principal = federated.open(request.authorization)
    if (!principal)
      return iamAnswer(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.')
    const acted = impersonate(email, principal, request.fields ?? {}, config)
    if ('kind' in acted) {
      log(`refused ${email} ${acted.explanation?.sentence ?? acted.message}`)
      return { ...iamAnswer(acted.status, acted.code, acted.message), ...explained(acted.explanation) }
    }
    log(`acted as ${email}`)
    const expiresAt = later(acted.lifetimeSeconds)
    const expireTime = `${expiresAt.toISOString().slice(0, 19)}Z`
    return { status: 200, body: { accessToken: accounts.issue(acted, expiresAt), expireTime } }
  }

  async function whoAmI(request: CloudRequest): Promise<CloudAnswer> {
    const session = accounts.open(request.authorization)
    if (!session) return iamAnswer(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.')
    return { status: 200, body: { sub: session.email, email: session.email, email_verified: true } }
  }

  return startCloudServer({ port: options.port ?? 0, tls: options.tls, now, answer, log })
}

function explained(explanation: GoogleExplanation | undefined): { headers?: Record<string, string> } {
  return explanation ? { headers: { [EXPLANATION_HEADER]: writeExplanationHeader(explanation) } } : {}
}

function iamAnswer(status: number, code: string, message: string): CloudAnswer {
  return { status, body: { error: { code: status, message, status: code } } }
}
