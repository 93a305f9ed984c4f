/**
 * What Entra's own errors mean for a deployment's token. Entra says little, but its numbers say which clause failed.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
import { quoted } from '../quote.ts'
import type { AzureTokenClaims } from './evaluate.ts'
import { credentialFor } from './explain.ts'
import type { AzureExplanation } from './explanation.ts'

export interface EntraError {
  /** `invalid_client`, `unauthorized_client`, `invalid_request`, … */
  readonly error: string
  /** The numbers of `error_codes`, or of `AADSTS…` in the description. */
  readonly codes: readonly number[]
  readonly description: string
}

export interface EntraRefusal extends AzureExplanation {
  /** Whether the same request with a fresh token may succeed a little later. */
  readonly retryable: boolean
}

export interface EntraAsked {
  readonly clientId: string
  readonly tenantId: string
  readonly claims: AzureTokenClaims
}

export function explainEntraError(error: EntraError, asked: EntraAsked): EntraRefusal {
  for (const code of error.codes) {
    const told = ERRORS[code]?.(asked)
    if (told) return { retryable: false, ...told }
  }
  const said = firstLine(error.description) || error.error
  return {
    code: 'entra_unknown',
    clause: 'entra',
    sentence: `Entra refused the token: ${quoted(said)}.`,
    mend: `Look the error up at https://login.microsoftonline.com/error, and check that the application ${asked.clientId} has a federated credential with ${credentialFor(asked.claims)}.`,
    retryable: false,
  }
}

type Told = AzureExplanation & { readonly retryable?: boolean }

const ERRORS: Readonly<Record<number, (asked: EntraAsked) => Told>> = {
  70021: noCredential('token'),
  700211: noCredential('issuer'),
  700212: noCredential('audience'),
  700213: noCredential('subject'),
  700016: ({ clientId, tenantId }) => ({
    code: 'application_missing',
    clause: 'application',
    sentence: `The tenant ${tenantId} has no application with the client id ${clientId}.`,
    mend: 'Copy "Application (client) ID" and "Directory (tenant) ID" from the overview of the app registration; an object id is neither.',
  }),
  7000229: ({ clientId, tenantId }) => ({
    code: 'application_not_in_tenant',
    clause: 'application',
    sentence: `The application ${clientId} has no service principal in the tenant ${tenantId}.`,
    mend: `Run: az ad sp create --id ${clientId}`,
  }),
  90002: noTenant,
  900023: noTenant,
  700024: () => ({
    code: 'token_expired',
    clause: 'token',
    sentence: 'The token is not valid at this moment, by the clock of Entra.',
    mend: 'Set the clock of the machine on which Daypass runs; a difference of minutes is enough.',
  }),
  700027: ({ claims }) => ({
    code: 'token_key_unknown',
    clause: 'token',
    sentence: `Entra does not know the key that signed the token: it may hold an older list of the keys of ${quoted(claims.iss)}.`,
    mend: 'If keys were rotated just now, wait until the former list has expired; otherwise see that the issuer is reachable from the internet.',
    retryable: true,
  }),
  50027: () => ({
    code: 'token_invalid',
    clause: 'token',
    sentence: 'Entra could not read the token.',
    mend: 'Please report this with the log of the deployment: the token should always be readable.',
  }),
  501661: unreachable,
  50166: unreachable,
  53003: ({ clientId }) => ({
    code: 'conditional_access',
    clause: 'application',
    sentence: `A Conditional Access policy of the tenant keeps ${clientId} from signing in.`,
    mend: 'Let the policy for workload identities take the addresses of the runners, or leave this application out of it.',
  }),
  500011: () => ({
    code: 'scope_unknown',
    clause: 'request',
    sentence: 'The tenant does not know the resource that was asked for.',
    mend: 'Check the cloud environment: the public cloud, US Government and China have different addresses.',
  }),
  50196: throttled,
  90055: throttled,
  90033: () => ({
    code: 'entra_unavailable',
    clause: 'entra',
    sentence: 'Entra is not available for a moment.',
    mend: 'Try again.',
    retryable: true,
  }),
}

function noCredential(clause: 'token' | 'issuer' | 'audience' | 'subject') {
  return ({ clientId, claims }: EntraAsked): Told => {
    const actual = { token: claims.sub, issuer: claims.iss, audience: claims.aud, subject: claims.sub }[
      clause
    ]
    return {
      code: 'credential_missing',
      clause: clause === 'token' ? 'credential' : clause,
      sentence: `No federated credential of the application ${clientId} has the ${clause === 'token' ? 'subject' : clause} ${quoted(actual)}.`,
      mend: `Add one with ${credentialFor(claims)}; all three are compared letter by letter. A new one may take some minutes to work.`,
    }
  }
}

function noTenant({ tenantId }: EntraAsked): Told {
  return {
    code: 'tenant_missing',
    clause: 'tenant',
    sentence: `There is no tenant ${quoted(tenantId)}.`,
    mend: 'Copy "Directory (tenant) ID" from the overview of the app registration.',
  }
}

function unreachable({ claims }: EntraAsked): Told {
  return {
    code: 'issuer_unreachable',
    clause: 'issuer',
    sentence: `Entra could not fetch the keys of ${quoted(claims.iss)}.`,
    mend: `See that ${claims.iss}/.well-known/openid-configuration answers from the internet, by https with a certificate of a public authority.`,
    retryable: true,
  }
}

function throttled(): Told {
  return {
    code: 'throttled',
    clause: 'entra',
    sentence: 'Entra answers that it was asked too often.',
    mend: 'Wait a little, and start fewer deployments of this application at once.',
    retryable: true,
  }
}

/** Without the trace ids and times that follow. */
function firstLine(description: string): string {
  return description.split(/\r?\n|\s+Trace ID:/)[0]?.trim() ?? ''
}
