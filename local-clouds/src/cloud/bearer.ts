/**
 * Opaque access tokens of a local cloud: random, kept in memory until they expire, gone with the program.
 *
 * Owns that a token opens exactly what it was issued for. The oldest go first when there are very many.
 */
export interface BearerTokens<Session> {
  readonly issue: (session: Session, expiresAt: Date) => string
  /** Undefined for one that was never issued here, or has expired. */
  readonly open: (authorization: string | undefined) => Session | undefined
}

const MOST_TOKENS = 10_000
const TOKEN_BYTES = 32

export function bearerTokens<Session>(
  prefix: string,
  { randomBytes, now }: { readonly randomBytes: (count: number) => Uint8Array; readonly now: () => Date },
): BearerTokens<Session> {
  const issued = new Map<string, { readonly session: Session; readonly expiresAt: Date }>()
  return {
    issue(session, expiresAt) {
      const token = prefix + Buffer.from(randomBytes(TOKEN_BYTES)).toString('base64url')
      issued.set(token, { session, expiresAt })
      const [oldest] = issued.keys()
      if (issued.size > MOST_TOKENS && oldest !== undefined) issued.delete(oldest)
      return token
    },
    open(authorization) {
      const [, token = ''] = /^Bearer ([\w.-]+)$/.exec(authorization ?? '') ?? []
      const known = issued.get(token)
      return known && known.expiresAt > now() ? known.session : undefined
    },
  }
}
