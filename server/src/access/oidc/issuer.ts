/**
 * Issuers whose tokens an organization takes for logins, and what may be said about one.
 *
 * Owns: what is registered, and how a token of one becomes a token of ours (exchange). Does not own: our own issuer, whose
 * tokens are for others (the slice `issuer`).
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { OidcIssuer } from '@daypass/contract/oidc-login.ts'
import type { JSONWebKeySet } from 'jose'
import { FetchRefused } from './fetch-document.ts'
import type { IssuerRow } from './issuer.sql.ts'
import { keySetFrom } from './issuer-keys.ts'

/** The logins of the users that its tokens act as begin so. */
export function loginStart(organization: string, issuerName: string): string {
  return `oidc:${organization}/${issuerName}/`
}

/** Plain, so that one issuer has one URL. Whether it may be http is for whoever fetches from it to say. */
export function readIssuerUrl(text: string): string | Refusal {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    !/[?#\s\\]/.test(text) &&
    url.href.replace(/\/$/, '') === text.replace(/\/$/, '')
  return isPlain
    ? text
    : badIssuer('The field "url" of the body must be an https URL without user, query and fragment.')
}

export function readThumbprints(given: readonly string[] | null | undefined): readonly string[] | Refusal {
  const thumbprints = (given ?? []).map((one) => one.replaceAll(':', '').toLowerCase())
  if (thumbprints.every((one) => /^[0-9a-f]{64}$/.test(one))) return [...new Set(thumbprints)]
  return badIssuer(
    'The field "thumbprints" of the body must hold SHA-256 fingerprints: 64 hexadecimal digits each.',
  )
}

export function readKeySet(given: object | null | undefined): JSONWebKeySet | null | Refusal {
  if (given === null || given === undefined) return null
  try {
    keySetFrom(given)
  } catch (error) {
    if (error instanceof FetchRefused)
      return badIssuer(`The field "jwks" of the body is of no use. ${error.message}`)
    throw error
  }
  const isPrivate = (given as JSONWebKeySet).keys.some((key) =>
    ['d', 'k', 'p', 'q'].some((part) => part in key),
  )
  if (isPrivate)
    return badIssuer('The field "jwks" of the body holds a private key: send the public part alone.')
  return given as JSONWebKeySet
}

export function badIssuer(message: string): Refusal {
  return { status: 400, reason: 'invalid_issuer', message }
}

export function unreachable(error: unknown): Refusal {
  if (!(error instanceof FetchRefused)) throw error
  const message = `The issuer cannot be registered by its URL. ${error.message}`
  return { status: 400, reason: 'issuer_unreachable', message }
}

export function issuerAnswer(row: IssuerRow): OidcIssuer {
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    issuer: row.issuer,
    thumbprints: [...row.thumbprints],
    ...(row.jwks && { jwks: { ...row.jwks, keys: row.jwks.keys.map((key) => ({ ...key })) } }),
    ...(row.maxExpirationSeconds !== null && { maxExpiration: row.maxExpirationSeconds }),
    created: row.createdAt.toISOString(),
    modified: row.modifiedAt.toISOString(),
    ...(row.lastUsedAt && { lastUsed: row.lastUsedAt.toISOString() }),
  }
}
