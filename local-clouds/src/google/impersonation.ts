/**
 * `POST /v1/projects/-/serviceAccounts/{email}:generateAccessToken`: a federated token for one of a service account.
 *
 * @see https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
 */
import { evaluateGoogleTrust } from '@daypass/trust/google/evaluate.ts'
import { explainGoogleTrust } from '@daypass/trust/google/explain.ts'
import type { GoogleExplanation } from '@daypass/trust/google/explanation.ts'
import type { LocalGoogleConfig } from './config.ts'
import type { GooglePrincipal } from './token-exchange.ts'

export interface Impersonated {
  readonly email: string
  readonly lifetimeSeconds: number
}

export interface IamRefused {
  readonly kind: 'iam-error'
  readonly status: 400 | 403
  readonly code: 'INVALID_ARGUMENT' | 'PERMISSION_DENIED'
  readonly message: string
  readonly explanation?: GoogleExplanation
}

const DEFAULT_LIFETIME_SECONDS = 3600

export function impersonate(
  email: string,
  { provider, claims }: GooglePrincipal,
  fields: Readonly<Record<string, unknown>>,
  { serviceAccounts }: LocalGoogleConfig,
): Impersonated | IamRefused {
  const { scope, lifetime } = fields
  if (!Array.isArray(scope) || scope.length === 0) return invalid('Scope must be provided.')
  const [, seconds] = /^([0-9]{1,6})s$/.exec(String(lifetime ?? `${DEFAULT_LIFETIME_SECONDS}s`)) ?? []
  if (seconds === undefined) return invalid('Invalid value at "lifetime".')
  const serviceAccount = serviceAccounts.find((one) => one.email === email)
  const denied = {
    kind: 'iam-error',
    status: 403,
    code: 'PERMISSION_DENIED',
    message: "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
  } as const
  if (!serviceAccount) return denied
  const trust = { provider, serviceAccount }
  const decision = evaluateGoogleTrust(trust, claims)
  const explanation = explainGoogleTrust(decision, trust, claims)
  if (explanation) return { ...denied, explanation }
  if (Number(seconds) < 1 || Number(seconds) > serviceAccount.longestTokenSeconds) {
    return invalid(
      `The access token lifetime cannot exceed ${serviceAccount.longestTokenSeconds} seconds. See the constraint "constraints/iam.allowServiceAccountCredentialLifetimeExtension".`,
    )
  }
  return { email, lifetimeSeconds: Number(seconds) }
}

function invalid(message: string): IamRefused {
  return { kind: 'iam-error', status: 400, code: 'INVALID_ARGUMENT', message }
}
