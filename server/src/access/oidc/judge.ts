/**
 * Which token of ours a token of a registered issuer is worth. Pure, and closed: what no policy allows is denied, and one
 * that denies outweighs all that allow. Each judgement says why, for whoever writes policies; never for who shows a token.
 */
import { type Claims, claimTexts, readClaimPath } from './claim.ts'
import { matchesPattern } from './pattern.ts'
import { type Policy, rulesAboutAudience, type Wanted } from './policy.ts'

export interface VerifiedToken {
  readonly claims: Claims
  /** What the token must be made out to where a policy says nothing about that. */
  readonly audience: string
}

export interface Judgement {
  readonly isAllowed: boolean
  /** In the order of the policies. */
  readonly policies: readonly PolicyJudgement[]
}

export interface PolicyJudgement {
  readonly decision: Policy['decision']
  /** Why it says nothing about this token; none: it applies. */
  readonly reasons: readonly string[]
}

export function judge(policies: readonly Policy[], wanted: Wanted, token: VerifiedToken): Judgement {
  const judged = policies.map((policy) => ({
    decision: policy.decision,
    reasons: isAbout(policy, wanted)
      ? [...audienceReasons(policy, token), ...ruleReasons(policy, token.claims)]
      : ['It is about another token than the one that is asked for.'],
  }))
  const applies = (decision: Policy['decision']): boolean =>
    judged.some((one) => one.decision === decision && one.reasons.length === 0)
  return { isAllowed: applies('allow') && !applies('deny'), policies: judged }
}

/** One that denies is about tokens for whomever. */
function audienceReasons(policy: Policy, { claims, audience }: VerifiedToken): string[] {
  if (policy.decision === 'deny' || rulesAboutAudience(policy.rules).length > 0) return []
  const made = claimTexts(claims, ['aud'])
  if (made.includes(audience)) return []
  return [`The claim "aud" is ${inWords(made)}, not ${quoted(audience)}, and no rule is about it.`]
}

function ruleReasons({ rules, decision }: Policy, claims: Claims): string[] {
  return Object.entries(rules).flatMap(([path, pattern]) => {
    const segments = readClaimPath(path)
    const texts = segments === undefined ? [] : claimTexts(claims, segments)
    if (texts.some((text) => matchesPattern(pattern, text, decision))) return []
    return [`The claim ${quoted(path)} is ${inWords(texts)}, which does not fit ${quoted(pattern)}.`]
  })
}

function isAbout(policy: Policy, wanted: Wanted): boolean {
  if (policy.tokenType !== wanted.tokenType) return false
  const { decision } = policy
  switch (wanted.tokenType) {
    case 'organization': {
      const isForAdmins = policy.authorizedPermissions.includes('admin')
      // One that allows admins allows less as well; one that denies without a word denies admins too.
      return decision === 'allow' ? isForAdmins || !wanted.admin : !isForAdmins || wanted.admin
    }
    case 'team':
      if (policy.teamName === undefined) return decision === 'deny'
      return matchesPattern(policy.teamName, wanted.team, decision)
    case 'personal':
      if (policy.userLogin === undefined) return decision === 'deny'
      return policy.userLogin === wanted.login
    case 'runner':
      if (policy.runnerID === undefined) return decision === 'deny'
      return policy.runnerID === wanted.pool
  }
}

const MOST_SHOWN = 5
const LONGEST_SHOWN = 200

function inWords(texts: readonly string[]): string {
  if (texts.length === 0) return 'absent, or no text'
  const shown = texts.slice(0, MOST_SHOWN).map(quoted).join(', ')
  return texts.length > MOST_SHOWN ? `${shown}, …` : shown
}

function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text)
}
