/**
 * What the errors of Google's Security Token Service and of service account impersonation mean for a deployment.
 *
 * @see https://cloud.google.com/iam/docs/troubleshooting-workload-identity-federation
 */
import { quoted } from '../quote.ts'
import type { GoogleExplanation } from './explanation.ts'
import { poolName, poolResource } from './workload-provider.ts'

export interface GoogleError {
  /** Who answered: the token service, or IAM when it was asked to act as the service account. */
  readonly from: 'sts' | 'impersonation'
  /** `invalid_grant`, …, or `PERMISSION_DENIED`, …. */
  readonly code: string
  readonly message: string
}

export interface GoogleAsked {
  readonly projectNumber: string
  readonly poolId: string
  readonly providerId: string
  readonly serviceAccount: string
  readonly claims: { readonly iss: string; readonly sub: string; readonly aud: string }
}

export interface GoogleErrorExplanation extends GoogleExplanation {
  /** Whether the same request with a fresh token may succeed a little later. */
  readonly retryable: boolean
}

export function explainGoogleError(error: GoogleError, asked: GoogleAsked): GoogleErrorExplanation {
  const rule = RULES.find(
    ({ from, fits }) => from === error.from && fits.test(`${error.code} ${error.message}`),
  )
  if (rule) return { retryable: false, ...rule.tell(asked) }
  return {
    code: 'google_unknown',
    clause: 'google',
    sentence: `Google refused the token: ${quoted(error.message || error.code)}.`,
    mend: `Check the provider ${asked.providerId}: issuer ${quoted(asked.claims.iss)}, allowed audience ${quoted(asked.claims.aud)}, google.subject=assertion.sub.`,
    retryable: false,
  }
}

interface Rule {
  readonly from: GoogleError['from']
  readonly fits: RegExp
  readonly tell: (asked: GoogleAsked) => GoogleExplanation & { readonly retryable?: boolean }
}

const RULES: readonly Rule[] = [
  {
    from: 'sts',
    fits: /^invalid_target /,
    tell: ({ projectNumber, poolId, providerId }) =>
      /^[0-9]+$/.test(projectNumber)
        ? {
            code: 'provider_missing',
            clause: 'provider',
            sentence: `The project ${projectNumber} has no working provider ${quoted(providerId)} in a pool ${quoted(poolId)}.`,
            mend: `Compare with: gcloud iam workload-identity-pools providers list --workload-identity-pool=${poolResource({ projectNumber, poolId })}`,
          }
        : {
            code: 'project_id_instead_of_number',
            clause: 'provider',
            sentence: `${quoted(projectNumber)} is the id of a project, where its number is needed.`,
            mend: `Run: gcloud projects describe ${projectNumber} --format="value(projectNumber)"`,
          },
  },
  {
    from: 'sts',
    fits: /attribute condition/,
    tell: ({ claims }) => ({
      code: 'condition_false',
      clause: 'condition',
      sentence: `The provider's attribute condition does not hold for ${quoted(claims.sub)}.`,
      mend: 'Look at the condition of the provider, and change it if this deployment should be let in.',
    }),
  },
  {
    from: 'sts',
    fits: /127 bytes/,
    tell: ({ claims }) => ({
      code: 'subject_too_long',
      clause: 'mapping',
      sentence: `google.subject would be longer than the 127 bytes that Google takes: ${quoted(claims.sub)}.`,
      mend: 'Map a shorter claim to google.subject (assertion.stackId), and the operation to an attribute.',
    }),
  },
  {
    from: 'sts',
    fits: /mapped attribute|attribute mapping/i,
    tell: () => ({
      code: 'mapping_fails',
      clause: 'mapping',
      sentence: 'An attribute of the provider is mapped to something that the token does not have.',
      mend: 'Map google.subject to assertion.sub, and attributes to claims that every token has.',
    }),
  },
  {
    from: 'sts',
    fits: /audience in ID Token/i,
    tell: ({ providerId, claims }) => ({
      code: 'audience_differs',
      clause: 'audience',
      sentence: `The provider ${quoted(providerId)} does not allow the audience ${quoted(claims.aud)}.`,
      mend: `Set it as the allowed audience of the provider: --allowed-audiences=${claims.aud}`,
    }),
  },
  {
    from: 'sts',
    fits: /issuer in ID Token/i,
    tell: ({ providerId, claims }) => ({
      code: 'issuer_other_issuer',
      clause: 'issuer',
      sentence: `The provider ${quoted(providerId)} has another issuer than ${quoted(claims.iss)}.`,
      mend: `Set it to the letter: --issuer-uri=${claims.iss}`,
    }),
  },
  {
    from: 'sts',
    fits: /stale|expired|issued at|not yet valid/i,
    tell: () => ({
      code: 'token_expired',
      clause: 'token',
      sentence: 'The token is not valid at this moment, by the clock of Google.',
      mend: 'Set the clock of the machine on which Daypass runs.',
    }),
  },
  {
    from: 'sts',
    fits: /unable to parse|lacks a required claim/i,
    tell: () => ({
      code: 'token_invalid',
      clause: 'token',
      sentence: 'Google could not read the token.',
      mend: 'Please report this with the log of the deployment: the token should always be readable.',
    }),
  },
  {
    from: 'sts',
    fits: /connecting to the given credential's issuer/i,
    tell: ({ claims }) => ({
      code: 'issuer_unreachable',
      clause: 'issuer',
      sentence: `Google could not fetch the keys of ${quoted(claims.iss)}.`,
      mend: `See that ${claims.iss}/.well-known/openid-configuration answers from the internet by https, or upload the keys to the provider: --jwk-json-path=jwks.json`,
      retryable: true,
    }),
  },
  {
    from: 'sts',
    fits: /no matching|verif|signature|jwk/i,
    tell: () => ({
      code: 'token_key_unknown',
      clause: 'token',
      sentence: 'Google does not know the key that signed the token.',
      mend: 'If keys were rotated just now, wait until the former list has expired; if keys were uploaded to the provider, upload the present ones.',
      retryable: true,
    }),
  },
  {
    from: 'impersonation',
    fits: /SERVICE_DISABLED|has not been used|is disabled/,
    tell: ({ projectNumber }) => ({
      code: 'api_disabled',
      clause: 'request',
      sentence: `The IAM Service Account Credentials API is not enabled in the project ${projectNumber}.`,
      mend: `Run: gcloud services enable iamcredentials.googleapis.com --project=${projectNumber}`,
    }),
  },
  {
    from: 'impersonation',
    fits: /lifetime/i,
    tell: () => ({
      code: 'lifetime_too_long',
      clause: 'request',
      sentence: 'The service account gives no session as long as the stack asks for.',
      mend: 'Ask for an hour or less (tokenLifetime), or set the organization policy constraints/iam.allowServiceAccountCredentialLifetimeExtension.',
    }),
  },
  {
    from: 'impersonation',
    fits: /PERMISSION_DENIED|getAccessToken/,
    tell: ({ projectNumber, poolId, serviceAccount, claims }) => ({
      code: 'impersonation_refused',
      clause: 'binding',
      sentence: `${quoted(claims.sub)} may not act as ${serviceAccount}, or there is no such service account.`,
      mend: `Run: gcloud iam service-accounts add-iam-policy-binding ${serviceAccount} --role=roles/iam.workloadIdentityUser --member="principal://${poolName({ projectNumber, poolId })}/subject/${claims.sub}" (it may take some minutes to work).`,
    }),
  },
  {
    from: 'impersonation',
    fits: /NOT_FOUND/,
    tell: ({ serviceAccount }) => ({
      code: 'service_account_missing',
      clause: 'service_account',
      sentence: `There is no service account ${quoted(serviceAccount)}.`,
      mend: 'Copy its e-mail address from: gcloud iam service-accounts list',
    }),
  },
  {
    from: 'impersonation',
    fits: /RESOURCE_EXHAUSTED/,
    tell: () => ({
      code: 'throttled',
      clause: 'google',
      sentence: 'Google answers that it was asked too often.',
      mend: 'Wait a little, and start fewer deployments at once.',
      retryable: true,
    }),
  },
]
