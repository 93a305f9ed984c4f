/**
 * What a trust policy can ask about a request: the condition keys that AWS makes of a token, and those that the
 * caller adds (`aws:…`, `sts:…`). Of a self-hosted issuer's token AWS shows `sub`, `aud`, `oaud` and `amr` only, and its
 * session tags as `aws:RequestTag/…`. `aws:PrincipalTag/…` is of the session, which is not there yet, and so absent here.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
import { issuerKeyOf } from './arn.ts'
import { SESSION_TAGS_CLAIM, sessionTagKeys } from './session-tags.ts'

/** The claims of an ID token that AWS looks at; any other is no use in a trust policy. */
export interface AwsTokenClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly azp?: string | undefined
  readonly amr?: string | readonly string[] | undefined
  /** Session tags, as the token says them. */
  readonly [SESSION_TAGS_CLAIM]?: unknown
}

/** An OIDC provider as registered in IAM. */
export interface AwsProvider {
  readonly arn: string
  /** With its scheme, exactly as in the token's `iss`. */
  readonly issuerUrl: string
  /** "Client IDs": case-sensitive. */
  readonly audiences: readonly string[]
}

/** A list is a key that may have several values and needs a set operator; a string has exactly one. */
export type AwsContextValue = string | readonly string[]

export interface AwsContext {
  /** Undefined when the request does not have the key. Case of the key does not count. */
  readonly get: (key: string) => AwsContextValue | undefined
}

/** The claims that AWS offers as condition keys, after `<issuer>:`. */
export const AWS_OIDC_CLAIMS = ['sub', 'aud', 'oaud', 'amr'] as const

/**
 * The audience by which AWS knows the token: `azp` where there is one, else the one of its `aud` that the provider
 * has registered.
 *
 * @returns undefined when the provider has none of them: "Incorrect token audience".
 */
export function registeredAudience(claims: AwsTokenClaims, audiences: readonly string[]): string | undefined {
  if (claims.azp !== undefined) return audiences.find((audience) => audience === claims.azp)
  const offered = audiencesOf(claims)
  return audiences.find((audience) => offered.includes(audience))
}

export function audiencesOf(claims: AwsTokenClaims): readonly string[] {
  return typeof claims.aud === 'string' ? [claims.aud] : claims.aud
}

export function contextOf(
  claims: AwsTokenClaims,
  provider: AwsProvider,
  requestKeys: Readonly<Record<string, AwsContextValue>> = {},
): AwsContext {
  const prefix = issuerKeyOf(provider.issuerUrl)
  const values = new Map<string, AwsContextValue>()
  const put = (key: string, value: AwsContextValue | undefined) => {
    if (value !== undefined && (typeof value === 'string' || value.length > 0))
      values.set(key.toLowerCase(), value)
  }
  for (const [key, value] of Object.entries(requestKeys)) put(key, value)
  for (const [key, value] of Object.entries(sessionTagKeys(claims[SESSION_TAGS_CLAIM]))) put(key, value)
  put(`${prefix}:sub`, claims.sub)
  put(`${prefix}:aud`, registeredAudience(claims, provider.audiences))
  if (claims.azp !== undefined) put(`${prefix}:oaud`, audiencesOf(claims)[0])
  put(`${prefix}:amr`, typeof claims.amr === 'string' ? [claims.amr] : claims.amr)
  return { get: (key) => values.get(key.toLowerCase()) }
}
