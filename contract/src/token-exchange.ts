/**
 * The words of the exchange of another issuer's token for one of ours (RFC 8693), as Pulumi's API has them. Without schemas,
 * for a runner asks by them too.
 */

export const TOKEN_PATH = '/api/oauth/token'
export const EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const ID_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:id_token'
/** Followed by `organization`, `team`, `personal` or `runner`. */
export const ACCESS_TOKEN_TYPE_PREFIX = 'urn:pulumi:token-type:access_token:'

/** What a token must be made out to, and what is asked for, for one organization. */
export function audienceOf(organization: string): string {
  return `${AUDIENCE_PREFIX}${organization}`
}
export const AUDIENCE_PREFIX = 'urn:pulumi:org:'
