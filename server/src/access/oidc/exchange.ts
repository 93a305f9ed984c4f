/**
 * A token of a registered issuer for one of ours, where a policy of the issuer allows it.
 *
 * In this order: which organization, whether it has registered the issuer that the token names, whether that issuer
 * signed it, what its policies say. Nothing is fetched for an issuer that is not registered. Whoever has no token of the
 * issuer learns neither which organizations there are nor what they have registered.
 */
import { hash } from 'node:crypto'
import { recordAudit } from '../../audit/audit.ts'
import type { Database, Queryable } from '../../db/database.ts'
import { insertAccessToken } from '../access-token.sql.ts'
import { findMember } from '../member.sql.ts'
import { ensureServiceUser } from '../person.sql.ts'
import { findTeam } from '../team.sql.ts'
import { hashToken, makeToken } from '../token.ts'
import type { Claims } from './claim.ts'
import { forgetExchangedTokens } from './exchanged.sql.ts'
import { FetchRefused } from './fetch-document.ts'
import { findIssuerOfToken, holdPoliciesOf, type IssuerOfToken, touchIssuer } from './issuer.sql.ts'
import { audienceOf, loginStart } from './issuer.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { isAllowed, type Wanted } from './policy.ts'
import { type Exchange, isOauthError, type OauthError } from './token-request.ts'
import { claimedIssuer, verifiedClaims } from './verify.ts'

export interface ExchangeServices {
  readonly db: Database
  readonly now: () => Date
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
  readonly issuerKeys: IssuerKeys
  readonly log: { readonly warn: (fields: object, message: string) => void }
}

export interface ExchangedToken {
  readonly tokenValue: string
  readonly expiresInSeconds: number
}

/** Of Pulumi's service: 25 hours, unless the issuer's registration says otherwise. */
const LONGEST_SECONDS = 25 * 60 * 60
const DAY_SECONDS = 24 * 60 * 60

export async function exchangeToken(
  services: ExchangeServices,
  exchange: Exchange,
): Promise<ExchangedToken | OauthError> {
  const { db, issuerKeys, now, log } = services
  const claimed = claimedIssuer(exchange.subjectToken)
  const issuer =
    claimed === undefined ? undefined : await findIssuerOfToken(db, exchange.organization, claimed)
  if (issuer === undefined) return unknownIssuer
  let claims: Claims | string
  try {
    claims = await verifiedClaims(exchange.subjectToken, issuer, { keys: issuerKeys, now: now() })
  } catch (error) {
    if (!(error instanceof FetchRefused)) throw error
    log.warn({ issuer: issuer.url, reason: error.message }, 'The keys of an issuer cannot be read.')
    return keysMissing
  }
  if (typeof claims === 'string') return { error: 'invalid_grant', sentence: claims }
  const verified = claims
  return db.transaction((tx) => make(tx, services, { exchange, issuer, claims: verified }))
}

interface Verified {
  readonly exchange: Exchange
  readonly issuer: IssuerOfToken
  readonly claims: Claims
}

async function make(
  tx: Queryable,
  { now, randomBytes, randomUuid }: ExchangeServices,
  { exchange, issuer, claims }: Verified,
): Promise<ExchangedToken | OauthError> {
  const { wanted } = exchange
  const held = await holdPoliciesOf(tx, issuer.id)
  if (held === undefined) return unknownIssuer
  const audience = audienceOf(issuer.organization)
  if (!isAllowed(held.policies, wanted, { claims, audience })) return notAllowed
  const holder = await holderOf(tx, randomUuid, issuer, wanted)
  if (isOauthError(holder)) return holder
  const seconds = Math.min(
    exchange.seconds,
    issuer.maxExpirationSeconds ?? LONGEST_SECONDS,
    (issuer.maxTokenDays ?? Number.POSITIVE_INFINITY) * DAY_SECONDS,
  )
  const tokenValue = makeToken('access', randomBytes)
  const id = randomUuid()
  const { organizationId } = issuer
  const subject = String(claims['sub']).slice(0, 500)
  const expiresAt = new Date(now().getTime() + seconds * 1000)
  await insertAccessToken(tx, {
    id,
    userId: holder.userId,
    tokenHash: hashToken(tokenValue),
    kind: wanted.tokenType,
    description: `For a token of ${issuer.name}: ${subject}`.slice(0, 200),
    expiresAt,
    organizationId,
    teamId: holder.teamId,
    issuerId: issuer.id,
  })
  await recordAudit(tx, {
    organizationId,
    actor: loginStart(issuer.organization, issuer.name).slice(0, -1),
    action: 'token.exchanged',
    target: holder.login,
    details: {
      id,
      subject,
      tokenType: wanted.tokenType,
      scope: exchange.scope,
      expiresAt,
      // Which token it was, for whoever has its issuer's log; not the token.
      subjectTokenSha256: hash('sha256', exchange.subjectToken),
    },
  })
  await touchIssuer(tx, issuer.id)
  await forgetExchangedTokens(tx)
  return { tokenValue, expiresInSeconds: seconds }
}

interface Holder {
  readonly userId: string
  readonly login: string
  readonly teamId?: string
}

/** As whom the token acts. A policy that names somebody who is not there allows nothing. */
async function holderOf(
  tx: Queryable,
  randomUuid: () => string,
  issuer: IssuerOfToken,
  wanted: Wanted,
): Promise<Holder | OauthError> {
  const { organizationId, organization, name } = issuer
  const start = loginStart(organization, name)
  switch (wanted.tokenType) {
    case 'personal': {
      const member = await findMember(tx, organizationId, wanted.login)
      if (member === undefined || member.deactivated) return notAllowed
      return { userId: member.userId, login: member.login }
    }
    case 'team': {
      const team = await findTeam(tx, organizationId, wanted.team, NOBODY)
      if (team === undefined) return notAllowed
      const login = `${start}team/${team.name}`
      const user = {
        id: randomUuid(),
        kind: 'team',
        login,
        name,
        organizationId,
        teamId: team.id,
        role: 'none',
      } as const
      return { userId: await ensureServiceUser(tx, user), login, teamId: team.id }
    }
    case 'organization': {
      const login = `${start}${wanted.admin ? 'organization-admin' : 'organization'}`
      const role = wanted.admin ? 'admin' : 'member'
      const user = {
        id: randomUuid(),
        kind: 'organization',
        login,
        name,
        organizationId,
        teamId: undefined,
        role,
      } as const
      return { userId: await ensureServiceUser(tx, user), login }
    }
  }
}

/** Asks for a team without asking for anybody's role in it. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

const unknownIssuer: OauthError = {
  error: 'invalid_grant',
  sentence:
    'The issuer of the token is not registered for this audience: an organization admin registers it at /api/orgs/<organization>/oidc/issuers, to the letter of its "iss".',
}

const notAllowed: OauthError = {
  error: 'invalid_grant',
  sentence:
    'No policy of the issuer allows a token of this kind and scope for these claims, or one denies it; an organization admin can read and change them.',
}

const keysMissing: OauthError = {
  error: 'temporarily_unavailable',
  sentence:
    'The keys of the token’s issuer cannot be read at this moment; try again, or see the log of the server.',
}
