/**
 * A strict Entra on loopback: it fetches the issuer's keys over HTTP and decides by federated credentials, as Entra
 * does. Beside it, the one page of Azure Resource Manager that shows whose token it is: a subscription.
 *
 * Owns the HTTP server and its addresses. Listens on 127.0.0.1 only; it trusts issuers that Entra would not.
 */
import { EXPLANATION_HEADER, writeExplanationHeader } from '@daypass/trust/explanation-header.ts'
import { type BearerTokens, bearerTokens } from '../cloud/bearer.ts'
import {
  type CloudAnswer,
  type CloudOptions,
  type CloudRequest,
  type CloudServer,
  startCloudServer,
} from '../cloud/http.ts'
import { issuerKeys } from '../issuer/issuer-keys.ts'
import { type EntraGrant, grantByAssertion } from './client-credentials.ts'
import type { LocalEntraConfig } from './config.ts'
import { entraErrorBody, entraStatus, isEntraError } from './entra-error.ts'

const ACCESS_TOKEN_SECONDS = 3600

export async function startLocalEntra(options: CloudOptions<LocalEntraConfig>): Promise<CloudServer> {
  const { config, now, fetch, randomBytes, log = () => undefined } = options
  const keys = issuerKeys({ fetch, now })
  const tokens = bearerTokens<EntraGrant>('eyJlocal.', { randomBytes, now })

  async function answer(request: CloudRequest): Promise<CloudAnswer> {
    const [, tenant, page] =
      /^\/([^/]+)\/(oauth2\/v2\.0\/token|v2\.0\/\.well-known\/openid-configuration)$/.exec(request.path) ?? []
    if (tenant && page === 'oauth2/v2.0/token' && request.method === 'POST') return grant(tenant, request)
    if (tenant && page !== undefined && request.method === 'GET')
      return { status: 200, body: metadataOf(server.url, tenant) }
    const [, subscription] = /^\/subscriptions\/([^/]+)$/.exec(request.path) ?? []
    if (subscription && request.method === 'GET') return readSubscription(subscription, request, tokens)
    return { status: 404, body: { error: { code: 'NotFound', message: 'There is no such page here.' } } }
  }

  async function grant(tenant: string, request: CloudRequest): Promise<CloudAnswer> {
    const granted = await grantByAssertion(tenant, request.fields ?? {}, { config, keys, now, log })
    if (!isEntraError(granted)) {
      log(`token ${granted.application.clientId} by ${JSON.stringify(granted.credential)}`)
      const expiresAt = new Date(now().getTime() + ACCESS_TOKEN_SECONDS * 1000)
      const access_token = tokens.issue(granted, expiresAt)
      return {
        status: 200,
        body: {
          token_type: 'Bearer',
          expires_in: ACCESS_TOKEN_SECONDS,
          ext_expires_in: ACCESS_TOKEN_SECONDS,
          access_token,
        },
      }
    }
    log(`refused AADSTS${granted.number} ${granted.explanation?.sentence ?? ''}`)
    const traceId = Buffer.from(randomBytes(16)).toString('hex')
    return {
      status: entraStatus(granted),
      body: entraErrorBody(granted, { now: now(), traceId }),
      ...(granted.explanation && {
        headers: { [EXPLANATION_HEADER]: writeExplanationHeader(granted.explanation) },
      }),
    }
  }

  const server = await startCloudServer({ port: options.port ?? 0, tls: options.tls, now, answer, log })
  return server
}

/** What Microsoft's libraries read before they ask for a token. */
function metadataOf(url: string, tenant: string) {
  return {
    issuer: `${url}/${tenant}/v2.0`,
    token_endpoint: `${url}/${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `${url}/${tenant}/oauth2/v2.0/authorize`,
    jwks_uri: `${url}/${tenant}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    response_types_supported: ['code'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
  }
}

function readSubscription(id: string, request: CloudRequest, tokens: BearerTokens<EntraGrant>): CloudAnswer {
  const session = tokens.open(request.authorization)
  if (!session) return armError(401, 'AuthenticationFailed', 'Authentication failed.')
  if (session.resource !== 'https://management.azure.com') {
    return armError(
      401,
      'InvalidAuthenticationTokenAudience',
      'The access token was obtained for another resource.',
    )
  }
  const { clientId, subscriptions } = session.application
  if (!subscriptions.includes(id)) {
    const message = `The client '${clientId}' does not have authorization to perform action 'Microsoft.Resources/subscriptions/read' over scope '/subscriptions/${id}'.`
    return armError(403, 'AuthorizationFailed', message)
  }
  return {
    status: 200,
    body: { id: `/subscriptions/${id}`, subscriptionId: id, state: 'Enabled', managedBy: clientId },
  }
}

function armError(status: number, code: string, message: string): CloudAnswer {
  return { status, body: { error: { code, message } } }
}
