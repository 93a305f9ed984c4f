/**
 * Policies of a registered issuer, and what may be said in one. What they let in is for `judge` to say.
 *
 * A policy is about one kind of token, and its rules must all hold. One that allows must say something about the token
 * beside whom it is for: on an issuer that serves everybody, anybody can have a token made out to us.
 */

import type { Refusal } from '@daypass/contract/errors.ts'
import type { AuthPolicyDefinition } from '@daypass/contract/oidc-login.ts'
import { readClaimPath } from './claim.ts'
import { isOnlyWildcards } from './pattern.ts'

const TOKEN_TYPES = ['organization', 'team', 'personal', 'runner'] as const
type TokenType = (typeof TOKEN_TYPES)[number]

export interface Policy {
  readonly decision: 'allow' | 'deny'
  readonly tokenType: TokenType
  /** A pattern. Absent in one that denies: every team. */
  readonly teamName?: string
  /** Absent in one that denies: everybody. */
  readonly userLogin?: string
  /** The id of a pool of the organization. Absent in one that denies: every pool. */
  readonly runnerID?: string
  /** `standard` is what a token has without a word. */
  readonly authorizedPermissions: readonly ('admin' | 'standard')[]
  readonly rules: Readonly<Record<string, string>>
}

/** What somebody wants for their token. */
export type Wanted =
  | { readonly tokenType: 'organization'; readonly admin: boolean }
  | { readonly tokenType: 'team'; readonly team: string }
  | { readonly tokenType: 'personal'; readonly login: string }
  /** The id of the pool that was asked for, or what was asked for where there is none. */
  | { readonly tokenType: 'runner'; readonly pool: string }

/** Of a new issuer. */
export const DENY_ALL: readonly Policy[] = [
  { decision: 'deny', tokenType: 'organization', authorizedPermissions: [], rules: {} },
]

const MOST_POLICIES = 50
const MOST_RULES = 20
/** Of all patterns together: what a login may cost has an end, whoever writes them. */
const MOST_LETTERS = 10_000
const PATTERN = /^[ -~]{1,500}$/
/** Whoever asks an issuer for a token chooses these. */
const CHOSEN_BY_THE_ASKER: ReadonlySet<string> = new Set(['aud', 'iss'])

/** As somebody sends them; each is named in a refusal by its place. */
export function readPolicies(sent: readonly AuthPolicyDefinition[]): readonly Policy[] | Refusal {
  if (sent.length === 0) return bad('must have at least one policy; to let nobody in, send one that denies')
  if (sent.length > MOST_POLICIES) return bad(`may have at most ${MOST_POLICIES} policies`)
  const policies: Policy[] = []
  for (const [index, one] of sent.entries()) {
    const read = readPolicy(one)
    if (typeof read === 'string') return bad(`has a fault in policy ${index}: ${read}`)
    policies.push(read)
  }
  const letters = policies.flatMap(patternsOf).reduce((sum, pattern) => sum + pattern.length, 0)
  return letters > MOST_LETTERS
    ? bad(`may have at most ${MOST_LETTERS} letters in all patterns together, and has ${letters}`)
    : policies
}

function patternsOf({ rules, teamName = '' }: Policy): string[] {
  return [teamName, ...Object.values(rules)]
}

/** Which further field says whom a token of the type is for. */
const NAMED_BY = {
  organization: undefined,
  team: 'teamName',
  personal: 'userLogin',
  runner: 'runnerID',
} as const

function readPolicy(sent: AuthPolicyDefinition): Policy | string {
  const { decision, tokenType } = sent
  if (decision !== 'allow' && decision !== 'deny') return '"decision" must be allow or deny'
  const type = TOKEN_TYPES.find((one) => one === tokenType)
  if (type === undefined) return `"tokenType" must be one of ${TOKEN_TYPES.join(', ')}`
  if (sent.roleID) return 'roles of one’s own are not offered: leave "roleID" out'
  for (const [other, field] of Object.entries(NAMED_BY)) {
    if (field !== undefined && other !== type && sent[field])
      return `"${field}" belongs to the token type ${other}`
  }
  const field = NAMED_BY[type]
  const named = field && sent[field]
  if (field && !named && decision === 'allow') return `"${field}" is missing`
  if (field && named && !PATTERN.test(named)) return `"${field}" must have at most 500 printable letters`
  const permissions = readPermissions(sent.authorizedPermissions ?? [], type)
  if (typeof permissions === 'string') return permissions
  const rules = readRules(sent.rules ?? {})
  if (typeof rules === 'string') return rules
  if (decision === 'allow' && !saysSomething(rules))
    return 'one that allows needs a rule about a claim that the issuer vouches for, such as "sub", and not only wildcards'
  if (decision === 'allow' && rulesAboutAudience(rules).some(isOnlyWildcards))
    return 'a rule about "aud" must name an audience: a token that was made for somebody else must not count here'
  return {
    decision,
    tokenType: type,
    ...(field && named && { [field]: named }),
    authorizedPermissions: permissions,
    rules,
  }
}

function readPermissions(sent: readonly string[], type: TokenType): Policy['authorizedPermissions'] | string {
  const [first, ...more] = sent
  if (first === undefined) return []
  if (more.length > 0 || (first !== 'admin' && first !== 'standard'))
    return '"authorizedPermissions" must be [], ["standard"] or ["admin"]'
  if (first === 'admin' && type !== 'organization')
    return 'the permission "admin" belongs to the token type organization'
  return [first]
}

function readRules(sent: Readonly<Record<string, unknown>>): Record<string, string> | string {
  const entries = Object.entries(sent)
  if (entries.length > MOST_RULES) return `"rules" may have at most ${MOST_RULES} claims`
  const rules: [string, string][] = []
  for (const [path, value] of entries) {
    if (readClaimPath(path) === undefined)
      return `"rules" names no claim with ${JSON.stringify(path.slice(0, 100))}; quote a name that has dots itself`
    const pattern = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
    if (typeof pattern !== 'string' || !PATTERN.test(pattern))
      return `the rule for ${JSON.stringify(path.slice(0, 100))} must be a pattern of 1 to 500 letters`
    rules.push([path, pattern])
  }
  return Object.fromEntries(rules)
}

function saysSomething(rules: Readonly<Record<string, string>>): boolean {
  return Object.entries(rules).some(
    ([path, pattern]) => !CHOSEN_BY_THE_ASKER.has(claimOf(path)) && !isOnlyWildcards(pattern),
  )
}

/** A policy that has one says itself whom a token must be made out to. */
export function rulesAboutAudience(rules: Readonly<Record<string, string>>): string[] {
  return Object.entries(rules).flatMap(([path, pattern]) => (claimOf(path) === 'aud' ? [pattern] : []))
}

/** The claim that a path begins with, however it is written. */
function claimOf(path: string): string {
  return readClaimPath(path)?.[0] ?? ''
}

function bad(what: string): Refusal {
  return { status: 400, reason: 'invalid_policy', message: `The field "policies" of the body ${what}.` }
}
