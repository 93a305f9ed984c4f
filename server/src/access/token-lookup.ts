/**
 * From a token to who holds it.
 *
 * Access tokens are remembered for a few seconds, for one command of the CLI makes dozens of calls; a revoked token
 * or a changed role is therefore noticed at most that much later by other servers, and at once by this one. Stack
 * tokens are looked up each time: they end with a lease.
 */
import type { Database } from '../db/database.ts'
import { type AccessTokenRow, findAccessToken, touchAccessToken, type UserRow } from './access-token.sql.ts'
import { type ConsoleSessionRow, findConsoleSession, renewConsoleSession } from './console-session.sql.ts'
import { RENEW_AFTER_SECONDS, SESSION_SECONDS } from './console-session.ts'
import type { Principal, ServiceIdentity, UserPrincipal } from './principal.ts'
import { findStackToken } from './stack-token.sql.ts'
import { hashToken, isTokenOf } from './token.ts'

export interface TokenLookup {
  /** Undefined: nobody's token, revoked, expired, or its deployment's lease is over. */
  principalOf(token: string): Promise<Principal | undefined>
  /** Whom the cookie of the console stands for; undefined: it is over, or the access token behind it is. */
  sessionOf(token: string): Promise<Session | undefined>
  /** Forgets what was remembered: call it after a change to tokens, users or members. */
  forget(): void
}

export interface Session {
  readonly principal: UserPrincipal
  readonly sessionId: string
  readonly expiresAt: Date
  /** It has just been given more time: its cookie needs that too. */
  readonly renewed: boolean
}

const REMEMBERED_MS = 5_000
const MOST_REMEMBERED = 10_000

export function tokenLookup(db: Database, now: () => Date): TokenLookup {
  const sessions = new Map<string, { readonly session: Session; readonly until: number }>()
  const remembered = new Map<string, { readonly principal: UserPrincipal; readonly until: number }>()
  // A stack token never becomes an access token, so the first question need not be asked again.
  const stackTokens = new Set<string>()
  let generation = 0

  const lookUpUser = async (key: string, tokenHash: Buffer): Promise<UserPrincipal | undefined> => {
    const asked = generation
    const row = await findAccessToken(db, tokenHash)
    if (row === undefined) return undefined
    const principal = holderOf(row)
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

  const renewed = async (row: ConsoleSessionRow): Promise<Session> => {
    const { sessionId, sessionExpiresAt } = row
    const left = (sessionExpiresAt.getTime() - now().getTime()) / 1000
    const newEnd =
      left < SESSION_SECONDS - RENEW_AFTER_SECONDS
        ? await renewConsoleSession(db, sessionId, SESSION_SECONDS)
        : undefined
    const expiresAt = newEnd ?? sessionExpiresAt
    return { principal: holderOf(row), sessionId, expiresAt, renewed: newEnd !== undefined }
  }

  return {
    async sessionOf(token) {
      if (!isTokenOf('session', token)) return undefined
      const tokenHash = hashToken(token)
      const key = tokenHash.toString('base64')
      const known = sessions.get(key)
      if (known !== undefined && known.until > now().getTime()) return { ...known.session, renewed: false }
      sessions.delete(key)
      const asked = generation
      const row = await findConsoleSession(db, tokenHash)
      if (row === undefined) return undefined
      const session = await renewed(row)
      touchAccessToken(db, row.tokenId).catch(() => {})
      if (sessions.size >= MOST_REMEMBERED) sessions.clear()
      const ends = Math.min(session.expiresAt.getTime(), row.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY)
      const until = Math.min(now().getTime() + REMEMBERED_MS, ends)
      if (asked === generation) sessions.set(key, { session, until })
      return session
    },
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
      sessions.clear()
    },
  }
}

/** Whoever an access token speaks for: of a person whom an issuer vouched for, only what is in its organization. */
export function holderOf(row: AccessTokenRow): UserPrincipal {
  const user = userPrincipal(row)
  const { onlyInOrganizationId: only, issuer } = row
  if (only === null) return user
  return {
    ...user,
    siteAdmin: false,
    memberships: user.memberships.filter(({ organizationId }) => organizationId === only),
    vouchedBy: { issuer: issuer ?? 'deleted' },
  }
}

export function userPrincipal(row: UserRow): UserPrincipal {
  const { userId, login, name, email, siteAdmin, memberships } = row
  const service = serviceOf(row)
  return { kind: 'user', userId, login, name, email, siteAdmin, memberships, ...(service && { service }) }
}

function serviceOf({ userKind, name, ofOrganization, ofTeam }: UserRow): ServiceIdentity | undefined {
  if (userKind === 'person') return undefined
  return { kind: userKind, name, organization: ofOrganization ?? '', team: ofTeam ?? undefined }
}
