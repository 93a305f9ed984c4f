/** What somebody got wrong when writing an issuer's URL into a provider, its ARN or a condition key. */

export const ISSUER_DIFFERENCES = [
  'scheme',
  'discovery_suffix',
  'trailing_slash',
  'port',
  'case',
  'path',
  'other_issuer',
] as const

export type IssuerDifference = (typeof ISSUER_DIFFERENCES)[number]

/**
 * How the written text misses the right one, which it is known to miss. Both stand without their scheme where they
 * are right: `daypass.example.com/oidc`.
 */
export function issuerDifference(written: string, right: string): IssuerDifference {
  const [left, wanted] = [formsOf(written), formsOf(right)]
  if (left.plain !== wanted.plain) {
    return wanted.plain.startsWith(`${left.plain}/`) || left.plain.startsWith(`${wanted.plain}/`)
      ? 'path'
      : 'other_issuer'
  }
  if (left.scheme !== wanted.scheme) return 'scheme'
  if (left.discovery !== wanted.discovery) return 'discovery_suffix'
  if (left.slash !== wanted.slash) return 'trailing_slash'
  if (left.port !== wanted.port) return 'port'
  return 'case'
}

/** One sentence part each: how the written one is wrong, for "…, which …". */
export function sayIssuerDifference(difference: IssuerDifference, right: string): string {
  switch (difference) {
    case 'scheme':
      return 'has another scheme'
    case 'discovery_suffix':
      return 'has the address of the discovery document instead of the issuer'
    case 'trailing_slash':
      return right.endsWith('/') ? 'lacks the trailing slash' : 'has a trailing slash too many'
    case 'port':
      return 'has another port'
    case 'case':
      return 'has other capital letters'
    case 'path':
      return 'has another path'
    case 'other_issuer':
      return 'is another issuer'
  }
}

function formsOf(
  text: string,
): Readonly<Record<'plain' | 'scheme' | 'discovery' | 'slash' | 'port', string>> {
  const [, scheme = '', rest = ''] = /^([a-z]+:\/\/)?(.*)$/is.exec(text) ?? []
  const [, body = '', discovery = ''] = /^(.*?)(\/\.well-known\/openid-configuration\/?)?$/s.exec(rest) ?? []
  const [, bare = '', slash = ''] = /^(.*?)(\/*)$/s.exec(body) ?? []
  const [, host = '', port = '', path = ''] = /^([^/]*?)(:[0-9]+)?(\/.*)?$/s.exec(bare) ?? []
  return { plain: `${host}${path}`.toLowerCase(), scheme: scheme.toLowerCase(), discovery, slash, port }
}
