/**
 * A token of a registered issuer for one of ours, where a policy of the issuer allows it.
 *
 * In this order: which organization, whether it has registered the issuer that the token names, whether that issuer
 * signed it, what its policies say. Nothing is fetched for an issuer that is not registered. Whoever has no token of the
 * issuer learns neither which organizations there are nor what they have registered.
 */
import { hash } from 'node:crypto'
import { audienceOf } from '@daypass/contract/token-exchange.ts'
import { recordAudit } from '../../audit/audit.ts'
import type { Database, Queryable } from '../../db/database.ts'
import type { Claims } from './claim.ts'
import { forgetEndedTokensOf } from './exchanged.sql.ts'
import { FetchRefused } from './fetch-document.ts'
import { giveToken, type TokenServices } from './give-token.ts'
import { findIssuerOfToken, type IssuerOfToken, touchIssuer } from './issuer.sql.ts'
import { loginStart } from './issuer.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { judge } from './judge.ts'
import { holdPoliciesOf } from './policy.sql.ts'
import type { Exchange, OauthError } from './token-request.ts'
import { claimedIssuer, verifiedClaims } from './verify.ts'

export interface ExchangeServices extends TokenServices {
  readonly db: Database
  readonly now: () => Date
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
  return db.transaction((tx) => exchangeVerified(tx, services, { exchange, issuer, claims: verified }))
}

interface Verified {
  readonly exchange: Exchange
  readonly issuer: IssuerOfToken
  readonly claims: Claims
}

async function exchangeVerified(
  tx: Queryable,
  services: ExchangeServices,
  { exchange, issuer, claims }: Verified,
): Promise<ExchangedToken | OauthError> {
  const { id: issuerId, organizationId, organization, name } = issuer
  const held = await holdPoliciesOf(tx, issuerId)
  if (held === undefined) return unknownIssuer
  const seconds = Math.min(
    exchange.seconds,
    issuer.maxExpirationSeconds ?? LONGEST_SECONDS,
    (issuer.maxTokenDays ?? Number.POSITIVE_INFINITY) * DAY_SECONDS,
  )
  const expiresAt = new Date(services.now().getTime() + seconds * 1000)
  const subject = String(claims['sub']).slice(0, 500)
  const given = await giveToken(tx, services, {
    issuer,
    wanted: exchange.wanted,
    isAllowed: (wanted) =>
      judge(held.policies, wanted, { claims, audience: audienceOf(organization) }).isAllowed,
    description: `For a token of ${name}: ${subject}`.slice(0, 200),
    expiresAt,
  })
  if (given === undefined) return notAllowed
  await recordAudit(tx, {
    organizationId,
    actor: loginStart(organization, name).slice(0, -1),
    action: 'token.exchanged',
    target: given.holder,
    details: {
      id: given.id,
      subject,
      tokenType: exchange.wanted.tokenType,
      scope: exchange.scope,
      expiresAt,
      policyVersion: held.version,
      // Which token it was, for whoever has its issuer's log; not the token.
      subjectTokenSha256: hash('sha256', exchange.subjectToken),
    },
  })
  await touchIssuer(tx, issuerId)
  await forgetEndedTokensOf(tx, issuerId)
  return { tokenValue: given.tokenValue, expiresInSeconds: seconds }
}

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
