/** Names of organizations and people. */

/**
 * Lower case only: an organization's name is the audience of its tokens, which clouds compare by case. The rest is what
 * the Pulumi CLI lets people type as an owner.
 */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]$/

export const NAME_RULE =
  '3 to 40 lower-case letters, digits, "-" and "_", beginning and ending with a letter or digit'

/** Whether a route or a page begins with the name, now or in time to come. */
export function isReservedName(name: string): boolean {
  return RESERVED.has(name)
}

const RESERVED: ReadonlySet<string> = new Set([
  'account',
  'admin-console',
  'api',
  'assets',
  'auth',
  'cli-login',
  'invitation',
  'console',
  'daypass',
  'docs',
  'favicon',
  'github-app',
  'health',
  'healthz',
  'hooks',
  'login',
  'logout',
  'metrics',
  'new',
  'oauth',
  'oidc',
  'orgs',
  'pools',
  'readyz',
  'settings',
  'setup',
  'signin',
  'signup',
  'stacks',
  'static',
  'teams',
  'user',
  'users',
  'welcome',
  'well-known',
  'workflow',
])
