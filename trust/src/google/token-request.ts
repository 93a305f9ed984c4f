/**
 * What Google's token service and its IAM are asked: a federated token for a token of ours, and that of a service account.
 *
 * @see https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 * @see https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
 */
export const CLOUD_PLATFORM_SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
export const JWT_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:jwt'

/** @param audience Of the provider: `//iam.googleapis.com/projects/…/providers/…`. */
export function federateForm(audience: string, token: string): URLSearchParams {
  return new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token_type: JWT_TOKEN_TYPE,
    audience,
    scope: CLOUD_PLATFORM_SCOPE,
    subject_token: token,
  })
}

/** @param iamUrl Without a slash at its end. */
export function impersonationUrl(iamUrl: string, serviceAccount: string): string {
  const account = encodeURIComponent(serviceAccount).replaceAll('%40', '@')
  return `${iamUrl}/v1/projects/-/serviceAccounts/${account}:generateAccessToken`
}

/** A refusal: the token service answers as OAuth does (RFC 6749, section 5.2), IAM as Google's APIs do. */
export function googleErrorIn(body: Readonly<Record<string, unknown>>): {
  readonly code: string
  readonly message: string
} {
  const { error, error_description: description } = body
  if (typeof error === 'object' && error !== null) {
    const { status, message } = error as { status?: unknown; message?: unknown }
    return { code: String(status ?? ''), message: String(message ?? '') }
  }
  return { code: String(error), message: String(description ?? '') }
}
