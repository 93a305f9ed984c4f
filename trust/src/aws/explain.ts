/**
 * Turns a refusal into sentences that a person can act on.
 *
 * `explainAwsRefusal` is the one door for whoever was refused, with as much as is known: usually only AWS's error
 * (the trust policy is not ours to read), sometimes the policy, sometimes what a local cloud explained itself.
 */

import { readExplanationHeader } from '../explanation-header.ts'
import { quoted, quotedList } from '../quote.ts'
import { type AwsAdvice, adviseWithoutPolicy } from './advise.ts'
import type { AwsContextValue, AwsProvider, AwsTokenClaims } from './context.ts'
import { audiencesOf } from './context.ts'
import { type AwsTrustDecision, type AwsTrustRefusal, evaluateAwsTrust } from './evaluate.ts'
import { explainCondition } from './explain-condition.ts'
import { explainPrincipal, explainProvider } from './explain-provider.ts'
import { AWS_EXPLANATIONS, type AwsExplanation } from './explanation.ts'
import { parseAwsTrustPolicy } from './parse.ts'
import { ASSUME_ROLE_WITH_WEB_IDENTITY, nameOfStatement } from './policy.ts'
import { TAG_SESSION } from './session-tags.ts'
import { explainStsError } from './sts-errors.ts'

export interface AwsRefusalInput {
  readonly roleArn: string
  readonly claims: AwsTokenClaims
  /** AWS's answer: `Code` and `Message` of the error, and the header `x-daypass-explanation` if there was one. */
  readonly error?: {
    readonly code: string
    readonly message: string
    readonly explanationHeader?: string | null | undefined
  }
  /** The role's trust policy as text or value, where it is known. */
  readonly policy?: unknown
  readonly provider?: AwsProvider
  readonly requestKeys?: Readonly<Record<string, AwsContextValue>>
}

export interface AwsRefusalExplanation extends AwsExplanation {
  /** What to look at, one sentence each; empty where the mend says it all. */
  readonly checks: readonly string[]
  /** A trust policy for this very subject, ready to paste; only where the policy is what may be wrong. */
  readonly trustPolicy: string | undefined
  /** Whether the same request with a fresh token may succeed a little later. */
  readonly retryable: boolean
}

export function explainAwsRefusal(input: AwsRefusalInput): AwsRefusalExplanation {
  const advice = adviceFor(input)
  const fromCloud = readExplanationHeader(input.error?.explanationHeader, AWS_EXPLANATIONS)
  if (fromCloud) return { ...fromCloud, checks: [], trustPolicy: undefined, retryable: false }
  if (input.error && input.error.code !== 'AccessDenied') {
    const { roleArn, claims, error } = input
    const told = explainStsError({
      ...error,
      roleArn,
      issuerUrl: claims.iss,
      audience: audiencesOf(claims)[0] ?? '',
    })
    return { ...told, checks: [], trustPolicy: undefined }
  }
  if (input.error?.message.includes(TAG_SESSION) && input.policy === undefined) {
    const where = 'its statement for this provider'
    const told = tagSessionMissing(`the trust policy of ${input.roleArn}`, where)
    return { ...told, checks: [], trustPolicy: undefined, retryable: false }
  }
  const [first, ...others] = input.policy === undefined ? [] : explainKnownPolicy(input)
  if (!first) return { ...advice, retryable: false }
  const checks = others.map(({ sentence, mend }) => `${sentence} ${mend}`)
  return { ...first, checks, trustPolicy: advice.trustPolicy, retryable: false }
}

/** Every clause of a known policy that refused, the one that was most probably meant to fit first. */
export function explainAwsTrust(
  decision: AwsTrustDecision,
  provider: AwsProvider,
  claims: AwsTokenClaims,
): readonly AwsExplanation[] {
  if (decision.allowed) return []
  if (decision.refusals.length === 0) {
    return [
      {
        code: 'policy_allows_nobody',
        clause: 'policy',
        sentence: 'The trust policy has no statement with "Effect": "Allow", so it lets in nobody.',
        mend: `Add an Allow for ${provider.arn}.`,
      },
    ]
  }
  return byNearestStatement(decision.refusals).map((refusal) => explainOne(refusal, provider, claims))
}

function explainKnownPolicy(input: AwsRefusalInput): readonly AwsExplanation[] {
  const parsed = parseAwsTrustPolicy(input.policy)
  if (!parsed.ok) {
    const { path, sentence } = parsed.refusal
    return [
      {
        code: 'policy_malformed',
        clause: 'policy',
        sentence: `The trust policy is malformed at ${path}: ${sentence}`,
        mend: `Correct ${path}.`,
      },
    ]
  }
  const provider = input.provider ?? adviceFor(input).provider
  if (!provider) return []
  const { claims, requestKeys } = input
  const decision = evaluateAwsTrust({
    policy: parsed.policy,
    provider,
    claims,
    ...(requestKeys && { requestKeys }),
  })
  return explainAwsTrust(decision, provider, claims)
}

function adviceFor({ claims, roleArn }: AwsRefusalInput): AwsAdvice {
  return adviseWithoutPolicy({
    issuerUrl: claims.iss,
    subject: claims.sub,
    audience: audiencesOf(claims)[0] ?? '',
    roleArn,
  })
}

function explainOne(refusal: AwsTrustRefusal, provider: AwsProvider, claims: AwsTokenClaims): AwsExplanation {
  switch (refusal.clause) {
    case 'provider':
      return explainProvider(refusal, provider, claims)
    case 'principal':
      return explainPrincipal(refusal, provider)
    case 'action':
      return explainAction(refusal)
    case 'condition':
      return explainCondition(refusal, provider)
    case 'deny':
      return explainDeny(refusal)
  }
}

function explainAction(refusal: Extract<AwsTrustRefusal, { clause: 'action' }>): AwsExplanation {
  const where = nameOfStatement({ sid: refusal.sid, index: refusal.statementIndex })
  if (refusal.actual.includes(TAG_SESSION)) return tagSessionMissing(where, where)
  const mend = `In ${where} write "Action": "${ASSUME_ROLE_WITH_WEB_IDENTITY}".`
  if (!refusal.except && refusal.expected.some((action) => action.toLowerCase() === 'sts:assumerole')) {
    const sentence = `The action of ${where} is "sts:AssumeRole", which is for AWS's own users and roles; a token needs "${ASSUME_ROLE_WITH_WEB_IDENTITY}".`
    return { code: 'action_assume_role', clause: 'action', sentence, mend }
  }
  const sentence = `The ${refusal.except ? 'NotAction' : 'Action'} of ${where} is ${quotedList(refusal.expected)}, which does not cover ${quotedList(refusal.actual)}.`
  return { code: 'action_differs', clause: 'action', sentence, mend }
}

function tagSessionMissing(who: string, where: string): AwsExplanation {
  return {
    code: 'action_tag_session_missing',
    clause: 'action',
    sentence: `The token brings session tags, as the identity of its stack asks for, and ${who} does not allow "${TAG_SESSION}".`,
    mend: `In ${where} write "Action": ["${ASSUME_ROLE_WITH_WEB_IDENTITY}", "${TAG_SESSION}"], or take the tags from the stack: daypass identity set --session-tags "".`,
  }
}

function explainDeny(refusal: Extract<AwsTrustRefusal, { clause: 'deny' }>): AwsExplanation {
  const where = nameOfStatement({ sid: refusal.sid, index: refusal.statementIndex })
  const when =
    refusal.expected.length === 0
      ? 'without any condition'
      : `when ${refusal.expected.map(shorten).join(' and ')}`
  const unsure = refusal.undecided
    ? ' One of its conditions cannot be judged here, and so counts as met.'
    : ''
  return {
    code: 'explicit_deny',
    clause: 'deny',
    sentence: `The Deny in ${where} keeps this token out, ${when}; a Deny wins over every Allow.${unsure}`,
    mend: `Narrow or remove the Deny in ${where} if this deployment may assume the role.`,
  }
}

function shorten(text: string): string {
  return quoted(text).slice(1, -1).replaceAll('\\"', '"')
}

/** First the statement that names our provider and misses by least; within it in the order of the document. */
function byNearestStatement(refusals: readonly AwsTrustRefusal[]): readonly AwsTrustRefusal[] {
  const distance = new Map<number, number>()
  for (const refusal of refusals) {
    if (!('statementIndex' in refusal)) continue
    const weight = refusal.clause === 'principal' ? 100 : 1
    distance.set(refusal.statementIndex, (distance.get(refusal.statementIndex) ?? 0) + weight)
  }
  const of = (refusal: AwsTrustRefusal) =>
    'statementIndex' in refusal ? (distance.get(refusal.statementIndex) ?? 0) : -1
  return refusals.toSorted((one, other) => of(one) - of(other))
}
