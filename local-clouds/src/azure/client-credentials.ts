/**
 * `POST /{tenant}/oauth2/v2.0/token` with a client assertion: an ID token for an access token of an application.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential
 */
import { evaluateAzureTrust } from '@daypass/trust/azure/evaluate.ts'
import { explainAzureTrust } from '@daypass/trust/azure/explain.ts'
import type { IssuerKeys } from '../issuer/issuer-keys.ts'
import { type TokenProblem, verifyIdToken } from '../issuer/verify-token.ts'
import type { LocalApplication, LocalEntraConfig } from './config.ts'
import { type EntraNumber, type EntraRefused, entraError } from './entra-error.ts'

export interface EntraGrant {
  readonly application: LocalApplication
  /** Of the credential that let the token in. */
  readonly credential: string
  /** What the access token is good for: `https://management.azure.com`. */
  readonly resource: string
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** Entra forgives clocks this much. */
const LEEWAY_SECONDS = 300

export interface GrantServices {
  readonly config: LocalEntraConfig
  readonly keys: IssuerKeys
  readonly now: () => Date
  readonly log: (line: string) => void
}

export async function grantByAssertion(
  tenantId: string,
  fields: Readonly<Record<string, unknown>>,
  services: GrantServices,
): Promise<EntraGrant | EntraRefused> {
  const tenant = services.config.tenants.find(({ id }) => id === tenantId.toLowerCase())
  if (!tenant)
    return entraError(
      90002,
      `Tenant '${tenantId}' not found. Check to make sure you have the correct tenant ID.`,
    )
  const request = readGrant(fields)
  if ('kind' in request) return request
  const application = tenant.applications.find(({ clientId }) => clientId === request.clientId.toLowerCase())
  if (!application) {
    const message = `Application with identifier '${request.clientId}' was not found in the directory '${tenantId}'.`
    return entraError(700016, message)
  }
  const verified = await verifyIdToken(request.assertion, {
    trusts: (issuer) => application.credentials.some((credential) => credential.issuer === issuer),
    keyFor: services.keys.keyFor,
    now: services.now,
    leewaySeconds: LEEWAY_SECONDS,
  })
  if (!verified.ok && verified.problem !== 'issuer_not_trusted') {
    services.log(verified.detail)
    return entraError(...PROBLEMS[verified.problem])
  }
  const claims = verified.ok ? verified.claims : unverifiedClaims(request.assertion)
  const { iss, sub, aud } = claims
  // Entra takes one audience; a list is as good as none of ours.
  const token = { iss, sub, aud: typeof aud === 'string' ? aud : JSON.stringify(aud) }
  const decision = evaluateAzureTrust({ credentials: application.credentials, claims: token })
  if (decision.allowed) return { application, credential: decision.credential, resource: request.resource }
  const [explanation] = explainAzureTrust(decision, token)
  const presented = { issuer: token.iss, subject: token.sub, audience: token.aud }[decision.clause]
  const message = `No matching federated identity record found for presented assertion ${decision.clause} '${presented}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`
  return entraError(NUMBERS[decision.clause], message, explanation)
}

const NUMBERS = { issuer: 700211, audience: 700212, subject: 700213 } as const

const PROBLEMS: Readonly<
  Record<Exclude<TokenProblem, 'issuer_not_trusted'>, readonly [EntraNumber, string]>
> = {
  malformed: [50027, 'JWT token is invalid or malformed.'],
  claim_missing: [50027, 'JWT token is invalid or malformed.'],
  algorithm: [
    700027,
    'The certificate with identifier used to sign the client assertion is not registered on application.',
  ],
  issuer_unreachable: [501661, 'Request to External OIDC endpoint failed.'],
  key_unknown: [700027, 'Client assertion failed signature validation: the key was not found.'],
  signature: [700027, 'Client assertion failed signature validation.'],
  expired: [700024, 'Client assertion is not within its valid time range.'],
  not_valid_yet: [700024, 'Client assertion is not within its valid time range.'],
}

interface Grant {
  readonly clientId: string
  readonly assertion: string
  readonly resource: string
}

function readGrant(fields: Readonly<Record<string, unknown>>): Grant | EntraRefused {
  const field = (name: string): string => (typeof fields[name] === 'string' ? (fields[name] as string) : '')
  if (field('grant_type') !== 'client_credentials') {
    return entraError(70003, `The app requested an unsupported grant type '${field('grant_type')}'.`)
  }
  for (const name of ['client_id', 'client_assertion', 'scope']) {
    if (field(name) === '') {
      return entraError(900144, `The request body must contain the following parameter: '${name}'.`)
    }
  }
  if (field('client_assertion_type') !== ASSERTION_TYPE) {
    return entraError(
      900144,
      "The request body must contain the following parameter: 'client_assertion_type'.",
    )
  }
  const [, resource] = /^(https:\/\/[^\s]+?)\/+\.default$/.exec(field('scope')) ?? []
  if (resource === undefined) {
    return entraError(
      70011,
      `The provided value for the input parameter 'scope' is not valid: ${field('scope')}.`,
    )
  }
  return { clientId: field('client_id'), assertion: field('client_assertion'), resource }
}

/** Only to say which issuer it names: nobody trusts it. */
function unverifiedClaims(assertion: string): { iss: string; sub: string; aud: unknown } {
  const [, payload = ''] = assertion.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
}
