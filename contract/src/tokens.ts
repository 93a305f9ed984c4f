/**
 * The shapes of our own tokens, so that both sides can recognize one wherever it should not be.
 *
 * Owns: prefixes and patterns. Does not own: who may do what with one (server/access).
 */

/** A person's or a program's token for the API; also what a job's `pulumi` logs in with. */
export type AccessToken = string & { readonly __kind: 'access-token' }
/** Lets a runner claim deployments of one pool. */
export type PoolToken = string & { readonly __kind: 'pool-token' }
/** Held by a job's supervisor for as long as its lease; never seen by the user's code. */
export type JobToken = string & { readonly __kind: 'job-token' }
/** In a job's environment: lets its programs ask the broker of their job for ID tokens. */
export type RequestToken = string & { readonly __kind: 'request-token' }
/** A signed OpenID Connect ID token (JWT). */
export type OidcToken = string & { readonly __kind: 'oidc-token' }

/** Prefix of each kind of token, followed by 40 lower-case hexadecimal characters (160 random bits). */
export const TOKEN_PREFIX = {
  access: 'pul-',
  pool: 'dpp-',
  job: 'dpj-',
  update: 'dpu-',
  request: 'dpr-',
  invitation: 'dpi-',
  session: 'dps-',
} as const

/**
 * Matches one of our opaque tokens anywhere in a text. Global: use it with `replace` or `matchAll`.
 *
 * No word boundaries: in JSON text a token after a line break follows the letter `n` of its escape.
 */
export const OPAQUE_TOKEN_PATTERN = /(?:pul|dpp|dpj|dpu|dpr|dpi|dps)-[0-9a-f]{40}/g
