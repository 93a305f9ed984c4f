/** What `POST /api/oauth/token` asks for (RFC 8693), read strictly: what is not understood is refused, never passed over. */
import type { TokenRequest } from '@daypass/contract/oidc-login.ts'
import {
  ACCESS_TOKEN_TYPE_PREFIX,
  AUDIENCE_PREFIX,
  EXCHANGE_GRANT,
  ID_TOKEN_TYPE,
} from '@daypass/contract/token-exchange.ts'
import { NAME_PATTERN } from '../name.ts'
import type { Wanted } from './policy.ts'

const DEFAULT_SECONDS = 7_200

export interface Exchange {
  readonly organization: string
  readonly subjectToken: string
  readonly wanted: Wanted
  readonly tokenType: string
  readonly scope: string
  readonly seconds: number
}

/** An error of RFC 6749, section 5.2, with a sentence. */
export interface OauthError {
  readonly error:
    | 'invalid_request'
    | 'invalid_grant'
    | 'invalid_scope'
    | 'unsupported_grant_type'
    | 'temporarily_unavailable'
  readonly sentence: string
}

export function isOauthError(value: unknown): value is OauthError {
  return typeof value === 'object' && value !== null && 'error' in value && 'sentence' in value
}

export function readTokenRequest(body: TokenRequest): Exchange | OauthError {
  const grant = body.grant_type ?? ''
  if (grant !== EXCHANGE_GRANT) {
    const what =
      grant === 'refresh_token'
        ? 'Refresh tokens are not offered: exchange a new token'
        : `"grant_type" must be ${EXCHANGE_GRANT}`
    return { error: 'unsupported_grant_type', sentence: `${what}.` }
  }
  const organization = body.audience?.startsWith(AUDIENCE_PREFIX)
    ? body.audience.slice(AUDIENCE_PREFIX.length)
    : ''
  if (!NAME_PATTERN.test(organization)) return bad(`"audience" must be ${AUDIENCE_PREFIX}<organization>`)
  if (body.subject_token_type !== ID_TOKEN_TYPE) return bad(`"subject_token_type" must be ${ID_TOKEN_TYPE}`)
  const subjectToken = body.subject_token ?? ''
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(subjectToken)) return bad('"subject_token" must be a signed JWT')
  const seconds = readSeconds(body.expiration)
  if (seconds === undefined) return bad('"expiration" must be a number of seconds')
  const tokenType = body.requested_token_type ?? ''
  const scope = body.scope ?? ''
  const kind = tokenType.startsWith(ACCESS_TOKEN_TYPE_PREFIX)
    ? tokenType.slice(ACCESS_TOKEN_TYPE_PREFIX.length)
    : ''
  const wanted = readWanted(kind, scope)
  return isOauthError(wanted) ? wanted : { organization, subjectToken, wanted, tokenType, scope, seconds }
}

/** @param kind `organization`, `team`, `personal` or `runner`. */
export function readWanted(kind: string, scope: string): Wanted | OauthError {
  switch (kind) {
    case 'organization':
      if (scope === '' || scope === 'admin') return { tokenType: 'organization', admin: scope === 'admin' }
      return badScope('of an organization’s token must be empty or admin')
    case 'team': {
      const team = /^team:([A-Za-z0-9][A-Za-z0-9_.-]{0,99})$/.exec(scope)?.[1]
      return team ? { tokenType: 'team', team } : badScope('of a team’s token must be team:<name>')
    }
    case 'personal': {
      const login = scope.startsWith('user:') ? scope.slice('user:'.length) : ''
      return NAME_PATTERN.test(login)
        ? { tokenType: 'personal', login }
        : badScope('of a person’s token must be user:<login>')
    }
    case 'runner': {
      const pool = /^runner:([A-Za-z0-9][A-Za-z0-9_.-]{0,99})$/.exec(scope)?.[1]
      return pool ? { tokenType: 'runner', pool } : badScope('of a runner’s token must be runner:<pool>')
    }
    default:
      return bad(
        `"requested_token_type" must be ${ACCESS_TOKEN_TYPE_PREFIX} and then organization, team, personal or runner`,
      )
  }
}

/** 0, an empty text and null: not given. Undefined for what is no number. */
function readSeconds(given: number | string | null | undefined): number | undefined {
  if (given === null || given === undefined || given === '') return DEFAULT_SECONDS
  const seconds = typeof given === 'string' && /^[0-9]{1,9}$/.test(given) ? Number(given) : given
  if (typeof seconds !== 'number' || seconds < 0) return undefined
  return seconds || DEFAULT_SECONDS
}

function bad(sentence: string): OauthError {
  return { error: 'invalid_request', sentence: `${sentence[0]?.toUpperCase()}${sentence.slice(1)}.` }
}

function badScope(sentence: string): OauthError {
  return { error: 'invalid_scope', sentence: `The "scope" ${sentence}.` }
}
