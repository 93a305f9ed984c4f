/**
 * From a token to who holds it.
 *
 * People's tokens are remembered for a few seconds, for one command of the CLI makes dozens of calls; a revoked token
 * or a changed role is therefore noticed at most that much later by other servers, and at once by this one. Stack
 * tokens are looked up each time: they end with a lease.
 */
import type { Database } from '../db/database.ts'
import { type AccessTokenRow, findAccessToken, touchAccessToken, type UserRow } from './access-token.sql.ts'
import type { Principal, Service, UserPrincipal } from './principal.ts'
import { findStackToken } from './stack-token.sql.ts'
import { hashToken, isTokenOf } from './token.ts'

export interface TokenLookup {
  /** Undefined: nobody's token, revoked, expired, or its deployment's lease is over. */
  principalOf(token: string): Promise<Principal | undefined>
  /** Forgets what was remembered: call it after a change to tokens, users or members. */
  forget(): void
}

const REMEMBERED_MS = 5_000
const MOST_REMEMBERED = 10_000

export function tokenLookup(db: Database, now: () => Date): TokenLookup {
  const remembered = new Map<string, { readonly principal: UserPrincipal; readonly until: number }>()
  // A stack token never becomes an access token, so the first question need not be asked again.
  const stackTokens = new Set<string>()
  let generation = 0

  const lookUpUser = async (key: string, tokenHash: Buffer): Promise<UserPrincipal | undefined> => {
    const asked = generation
    const row = await findAccessToken(db, tokenHash)
    if (row === undefined) return undefined
    const principal = tokenPrincipal(row)
    // A miss of this note is no reason to refuse the call.
    touchAccessToken(db, row.tokenId).catch(() => {})
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    const until = Math.min(
      now().getTime() + REMEMBERED_MS,
      row.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
    )
    if (asked === generation) remembered.set(key, { principal, until })
    return principal
  }

  const lookUpStack = async (key: string, tokenHash: Buffer): Promise<Principal | undefined> => {
    const row = await findStackToken(db, tokenHash)
    if (row === undefined) return undefined
    if (stackTokens.size >= MOST_REMEMBERED) stackTokens.clear()
    stackTokens.add(key)
    const { deploymentId, stackId, organizationId, operation, fencing } = row
    return {
      kind: 'deployment',
      deploymentId,
      stackId,
      organizationId,
      operation,
      fencing,
      user: userPrincipal(row),
    }
  }

  return {
    async principalOf(token) {
      if (!isTokenOf('access', token)) return undefined
      const tokenHash = hashToken(token)
      const key = tokenHash.toString('base64')
      const known = remembered.get(key)
      if (known !== undefined) {
        if (known.until > now().getTime()) return known.principal
        remembered.delete(key)
      }
      const user = stackTokens.has(key) ? undefined : await lookUpUser(key, tokenHash)
      return user ?? (await lookUpStack(key, tokenHash))
    },
    forget() {
      generation += 1
      remembered.clear()
    },
  }
}

/** A token for one organization is nothing in the others, and nothing of the installation. */
function tokenPrincipal(row: AccessTokenRow): UserPrincipal {
  const principal = userPrincipal(row)
  const { onlyIn, exchanged } = row
  if (onlyIn === null) return principal
  return {
    ...principal,
    siteAdmin: false,
    memberships: principal.memberships.filter(({ organizationId }) => organizationId === onlyIn),
    ...(exchanged && { exchanged }),
  }
}

function userPrincipal(row: UserRow): UserPrincipal {
  const { userId, login, name, email, siteAdmin, memberships, userKind } = row
  const user = { kind: 'user', userId, login, name, email, siteAdmin, memberships } as const
  return userKind === 'person' ? user : { ...user, service: serviceOf(userKind, login) }
}

/** No name of an organization, a team or a token has a colon or a slash in it. */
function serviceOf(kind: Service['kind'], login: string): Service {
  const [owner = '', token = ''] = login.split(':')
  return { kind, token, team: owner.split('/')[1] ?? '' }
}
