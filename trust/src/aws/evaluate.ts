/**
 * Decides whether a role's trust policy lets a token in, and names every clause that stood in the way.
 *
 * Owns AWS's order of decision: the provider and its audiences first, then every `Deny`, then any `Allow`; nothing
 * said means no. Does not check signatures or times (whoever received the token does), and writes no sentences for
 * people (`explain.ts` does).
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import { parseProviderArn, providerArnOf } from './arn.ts'
import { type AwsConditionReason, judgeCondition } from './condition.ts'
import {
  type AwsContext,
  type AwsContextValue,
  type AwsProvider,
  type AwsTokenClaims,
  audiencesOf,
  contextOf,
  registeredAudience,
} from './context.ts'
import { isLikeText } from './pattern.ts'
import { ASSUME_ROLE_WITH_WEB_IDENTITY, type AwsTrustPolicy, type AwsTrustStatement } from './policy.ts'
import { SESSION_TAGS_CLAIM, TAG_SESSION } from './session-tags.ts'

export interface AwsTrustInput {
  readonly policy: AwsTrustPolicy
  readonly provider: AwsProvider
  readonly claims: AwsTokenClaims
  /** By default `sts:AssumeRoleWithWebIdentity`. */
  readonly action?: string
  /** Further condition keys of the request, such as `aws:SourceIp` or `sts:RoleSessionName`. */
  readonly requestKeys?: Readonly<Record<string, AwsContextValue>>
}

export type AwsTrustDecision =
  | { readonly allowed: true; readonly statementIndex: number; readonly sid: string | undefined }
  | {
      readonly allowed: false
      readonly code: AwsTrustRefusalCode
      /** Empty only when the policy has no `Allow` at all. */
      readonly refusals: readonly AwsTrustRefusal[]
    }

export type AwsTrustRefusalCode =
  | 'trust_provider_differs'
  | 'trust_audience_not_registered'
  | 'trust_explicit_deny'
  | 'trust_no_statement_allows'

export type AwsTrustRefusal =
  | {
      readonly clause: 'provider'
      /** What of the provider does not fit: its ARN to its URL, its URL to `iss`, or its audiences to `aud`. */
      readonly about: 'arn' | 'issuer' | 'audience'
      readonly expected: readonly string[]
      readonly actual: readonly string[]
    }
  | (StatementRefusal & { readonly clause: 'principal' })
  | (StatementRefusal & { readonly clause: 'action'; readonly except: boolean })
  | (StatementRefusal & {
      readonly clause: 'condition'
      /** As written in the policy, with its prefix and `IfExists`. */
      readonly operator: string
      readonly key: string
      readonly reason: AwsConditionReason
    })
  /** A `Deny` applied. `undecided` when it did so because one of its conditions could not be judged. */
  | (StatementRefusal & { readonly clause: 'deny'; readonly undecided: boolean })

interface StatementRefusal {
  readonly statementIndex: number
  readonly sid: string | undefined
  /** What the policy asks for. */
  readonly expected: readonly string[]
  /** What the request has. */
  readonly actual: readonly string[]
}

/** A token with session tags asks for two actions at once, and has both or none. */
export function evaluateAwsTrust(input: AwsTrustInput): AwsTrustDecision {
  const { claims, action = ASSUME_ROLE_WITH_WEB_IDENTITY } = input
  const decision = evaluateAction(input, action)
  if (
    !decision.allowed ||
    action !== ASSUME_ROLE_WITH_WEB_IDENTITY ||
    claims[SESSION_TAGS_CLAIM] === undefined
  ) {
    return decision
  }
  const tagging = evaluateAction(input, TAG_SESSION)
  return tagging.allowed ? decision : tagging
}

function evaluateAction(input: AwsTrustInput, action: string): AwsTrustDecision {
  const { policy, provider, claims } = input
  const misfit = providerMisfit(provider, claims)
  if (misfit) {
    const code = misfit.about === 'audience' ? 'trust_audience_not_registered' : 'trust_provider_differs'
    return { allowed: false, code, refusals: [misfit] }
  }
  const context = contextOf(claims, provider, input.requestKeys)
  const variables = policy.version === '2012-10-17'

  const denials = policy.statements
    .filter((statement) => statement.effect === 'Deny')
    .flatMap((statement) => denialBy(statement, provider, action, context, variables))
  if (denials.length > 0) return { allowed: false, code: 'trust_explicit_deny', refusals: denials }

  const refusals: AwsTrustRefusal[] = []
  for (const statement of policy.statements.filter(({ effect }) => effect === 'Allow')) {
    const misses = missesOf(statement, provider, action, context, variables)
    if (misses.length === 0) return { allowed: true, statementIndex: statement.index, sid: statement.sid }
    refusals.push(...misses)
  }
  return { allowed: false, code: 'trust_no_statement_allows', refusals }
}

function providerMisfit(
  provider: AwsProvider,
  claims: AwsTokenClaims,
): Extract<AwsTrustRefusal, { clause: 'provider' }> | undefined {
  const parsed = parseProviderArn(provider.arn)
  const arn = parsed && providerArnOf(provider.issuerUrl, parsed.accountId, parsed.partition)
  if (arn !== provider.arn) {
    return { clause: 'provider', about: 'arn', expected: [provider.arn], actual: [provider.issuerUrl] }
  }
  if (claims.iss !== provider.issuerUrl) {
    return { clause: 'provider', about: 'issuer', expected: [provider.issuerUrl], actual: [claims.iss] }
  }
  if (registeredAudience(claims, provider.audiences) === undefined) {
    const actual = claims.azp === undefined ? audiencesOf(claims) : [claims.azp]
    return { clause: 'provider', about: 'audience', expected: provider.audiences, actual }
  }
  return undefined
}

function denialBy(
  statement: AwsTrustStatement,
  provider: AwsProvider,
  action: string,
  context: AwsContext,
  variables: boolean,
): readonly AwsTrustRefusal[] {
  const speaksOfUs = statement.principals.some(
    (principal) => principal.kind === 'everyone' || isProvider(principal, provider),
  )
  if (!speaksOfUs || !coversAction(statement, action)) return []
  const verdicts = statement.conditions.map(
    (condition) => judgeCondition(condition, context, variables).verdict,
  )
  if (verdicts.includes('fails')) return []
  return [
    {
      clause: 'deny',
      statementIndex: statement.index,
      sid: statement.sid,
      expected: statement.conditions.map(
        ({ written, key, values }) => `${written} ${key} ${JSON.stringify(values)}`,
      ),
      actual: statement.conditions.flatMap(
        (condition) => judgeCondition(condition, context, variables).actual,
      ),
      undecided: verdicts.includes('undecided'),
    },
  ]
}

/** Everything in an `Allow` that does not fit the request; empty when it allows. */
function missesOf(
  statement: AwsTrustStatement,
  provider: AwsProvider,
  action: string,
  context: AwsContext,
  variables: boolean,
): readonly AwsTrustRefusal[] {
  const { index: statementIndex, sid } = statement
  const misses: AwsTrustRefusal[] = []
  if (!statement.principals.some((principal) => isProvider(principal, provider))) {
    const expected = statement.principals.map((principal) => principal.text)
    misses.push({ clause: 'principal', statementIndex, sid, expected, actual: [provider.arn] })
  }
  if (!coversAction(statement, action)) {
    const { patterns: expected, except } = statement.actions
    misses.push({ clause: 'action', statementIndex, sid, expected, actual: [action], except })
  }
  for (const condition of statement.conditions) {
    const { verdict, reason = 'value_differs', actual } = judgeCondition(condition, context, variables)
    if (verdict === 'holds') continue
    const { written: operator, key, values: expected } = condition
    misses.push({ clause: 'condition', statementIndex, sid, operator, key, expected, actual, reason })
  }
  return misses
}

/** Only its own ARN names a provider: AWS takes neither `*` nor an account for a federated principal in an `Allow`. */
function isProvider(principal: AwsTrustStatement['principals'][number], provider: AwsProvider): boolean {
  return principal.kind === 'oidc-provider' && principal.text === provider.arn
}

export function coversAction(statement: AwsTrustStatement, action: string): boolean {
  const { patterns, except } = statement.actions
  return patterns.some((pattern) => isLikeText(pattern.toLowerCase(), action.toLowerCase())) !== except
}
