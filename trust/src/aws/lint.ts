/**
 * Warns of what is valid in a trust policy but lets in more, or other, than its author meant.
 *
 * Speaks only of `Allow` statements that name an OIDC provider; the others do not concern a deployment.
 */

import { issuerDifference } from '../issuer-difference.ts'
import { openPartsOf } from '../subject-difference.ts'
import { issuerKeyOf } from './arn.ts'
import { AWS_OIDC_CLAIMS } from './context.ts'
import { coversAction } from './evaluate.ts'
import { hasWildcard, tokensOf } from './pattern.ts'
import {
  ASSUME_ROLE_WITH_WEB_IDENTITY,
  AWS_OPERATORS,
  type AwsCondition,
  type AwsTrustPolicy,
  type AwsTrustStatement,
  nameOfStatement,
} from './policy.ts'
import { isSessionTagKey, TAG_SESSION } from './session-tags.ts'

export interface AwsTrustWarning {
  readonly code:
    | 'subject_condition_missing'
    | 'subject_wildcard'
    | 'audience_condition_missing'
    | 'for_all_values_alone'
    | 'condition_only_if_exists'
    | 'condition_only_negated'
    | 'wildcard_in_equals'
    | 'condition_key_of_nothing'
    | 'action_wildcard'
    | 'tag_session_missing'
    | 'version_old'
  readonly statementIndex: number
  readonly sid: string | undefined
  /** What the policy does that is probably not meant. */
  readonly sentence: string
  /** What to write instead. */
  readonly mend: string
}

export function lintAwsTrustPolicy(input: {
  readonly policy: AwsTrustPolicy
  readonly issuerUrl: string
}): readonly AwsTrustWarning[] {
  const issuer = issuerKeyOf(input.issuerUrl)
  return input.policy.statements
    .filter(
      ({ effect, principals }) =>
        effect === 'Allow' && principals.some(({ kind }) => kind === 'oidc-provider'),
    )
    .flatMap((statement) => [
      ...guardsOf(statement, issuer),
      ...statement.conditions.flatMap((condition) => oddities(statement, condition, issuer)),
      ...actionsOf(statement),
      ...taggingOf(input.policy, statement),
      ...versionOf(input.policy, statement),
    ])
}

/** Is there a condition on the subject, and one on the audience, that is false when the claim is not as wanted? */
function guardsOf(statement: AwsTrustStatement, issuer: string): readonly AwsTrustWarning[] {
  const warnings: AwsTrustWarning[] = []
  const on = (claim: string) =>
    statement.conditions.filter(({ key }) => key.toLowerCase() === `${issuer}:${claim}`.toLowerCase())
  const guards = (condition: AwsCondition) =>
    weaknessOf(condition, statement) === undefined && !isOpen(condition)
  if (!on('sub').some(guards)) {
    const open = on('sub').find((condition) => weaknessOf(condition, statement) === undefined)
    warnings.push(
      open
        ? warn(
            statement,
            'subject_wildcard',
            `${nameOf(statement)} lets in ${reachOf(open)}.`,
            subjectLine(issuer),
          )
        : warn(
            statement,
            'subject_condition_missing',
            `${nameOf(statement)} asks for no subject: every stack and every operation of this issuer may assume the role.`,
            subjectLine(issuer),
          ),
    )
  }
  if (!on('aud').some(guards)) {
    warnings.push(
      warn(
        statement,
        'audience_condition_missing',
        `${nameOf(statement)} asks for no audience: a token meant for another relying party opens the role too.`,
        `Add "${issuer}:aud": "<organization>" under "StringEquals".`,
      ),
    )
  }
  return warnings
}

function oddities(
  statement: AwsTrustStatement,
  condition: AwsCondition,
  issuer: string,
): readonly AwsTrustWarning[] {
  const warnings: AwsTrustWarning[] = []
  const where = `${condition.written} on ${condition.key} in ${nameOfStatement(statement)}`
  const colon = condition.key.lastIndexOf(':')
  const [prefix, claim] = [condition.key.slice(0, colon), condition.key.slice(colon + 1).toLowerCase()]
  const isOurs = prefix.toLowerCase() === issuer.toLowerCase()
  const weakness = isOurs && condition.operator !== 'Null' ? weaknessOf(condition, statement) : undefined
  if (weakness) warnings.push(warn(statement, weakness.code, `${where} ${weakness.sentence}`, weakness.mend))
  if (
    /^String(?:Not)?Equals/.test(condition.operator) &&
    condition.values.some((value) => /[*?]/.test(withoutVariables(value)))
  ) {
    warnings.push(
      warn(
        statement,
        'wildcard_in_equals',
        `${where} has a wildcard, which this operator takes literally.`,
        'Write the whole value; only StringLike reads * and ?.',
      ),
    )
  }
  const difference = isOurs ? undefined : issuerDifference(prefix, issuer)
  if (isOurs ? !(AWS_OIDC_CLAIMS as readonly string[]).includes(claim) : difference !== 'other_issuer') {
    warnings.push(
      warn(
        statement,
        'condition_key_of_nothing',
        `${where} asks for a key that no token of this issuer brings.`,
        `AWS knows ${AWS_OIDC_CLAIMS.map((known) => `${issuer}:${known}`).join(', ')}.`,
      ),
    )
  }
  return warnings
}

/** Why a condition is no guard: it holds when the claim is absent, or when it is anything but one value. */
function weaknessOf(
  condition: AwsCondition,
  statement: AwsTrustStatement,
): { code: AwsTrustWarning['code']; sentence: string; mend: string } | undefined {
  const required = requiresKey(statement, condition.key)
  if (condition.set === 'ForAllValues' && !required) {
    return {
      code: 'for_all_values_alone',
      sentence: 'holds also when the token has no such claim.',
      mend: `Write ${condition.operator} without ForAllValues.`,
    }
  }
  if (condition.ifExists && !required) {
    return {
      code: 'condition_only_if_exists',
      sentence: 'holds also when the token has no such claim.',
      mend: `Write ${condition.operator} without IfExists.`,
    }
  }
  if (AWS_OPERATORS[condition.operator].negated) {
    return {
      code: 'condition_only_negated',
      sentence: 'lets in everyone but those it names.',
      mend: 'Name those that may assume the role, with StringEquals.',
    }
  }
  if (AWS_OPERATORS[condition.operator].family !== 'string') {
    return { code: 'condition_only_if_exists', sentence: 'does not fix a value.', mend: 'Use StringEquals.' }
  }
  return undefined
}

/** `"Null": {"<key>": "false"}` makes up for a condition that would hold of an absent claim. */
function requiresKey(statement: AwsTrustStatement, key: string): boolean {
  return statement.conditions.some(
    (condition) =>
      condition.operator === 'Null' &&
      condition.key.toLowerCase() === key.toLowerCase() &&
      condition.values.length > 0 &&
      condition.values.every((value) => value.toLowerCase() === 'false'),
  )
}

function isOpen(condition: AwsCondition): boolean {
  return (
    condition.operator === 'StringLike' &&
    condition.values.some((value) => {
      const read = tokensOf(value, { variables: true })
      return !read.ok || hasWildcard(read.tokens)
    })
  )
}

function reachOf(condition: AwsCondition): string {
  const parts = new Set(condition.values.flatMap((value) => openPartsOf(value)))
  if (parts.size === 0 || parts.has('organization'))
    return 'deployments of any organization that fit its wildcard'
  return [...parts].map((part) => `every ${part}`).join(' and ')
}

function actionsOf(statement: AwsTrustStatement): readonly AwsTrustWarning[] {
  const wide = statement.actions.except || statement.actions.patterns.some((pattern) => /[*?]/.test(pattern))
  if (!wide) return []
  const sentence = `${nameOf(statement)} allows more actions than assuming the role with a token.`
  return [warn(statement, 'action_wildcard', sentence, `Write "Action": "${ASSUME_ROLE_WITH_WEB_IDENTITY}".`)]
}

/** Session tags that are asked for, and can never come. */
function taggingOf(policy: AwsTrustPolicy, statement: AwsTrustStatement): readonly AwsTrustWarning[] {
  const asks = statement.conditions.find(({ key }) => isSessionTagKey(key))
  const mayTag = policy.statements.some((one) => one.effect === 'Allow' && coversAction(one, TAG_SESSION))
  if (!asks || mayTag) return []
  const sentence = `${nameOf(statement)} asks for ${asks.key}, but the policy does not allow "${TAG_SESSION}", so no token with session tags is let in.`
  const mend = `Write "Action": ["${ASSUME_ROLE_WITH_WEB_IDENTITY}", "${TAG_SESSION}"].`
  return [warn(statement, 'tag_session_missing', sentence, mend)]
}

function versionOf(policy: AwsTrustPolicy, statement: AwsTrustStatement): readonly AwsTrustWarning[] {
  const uses = statement.conditions.some(({ values }) => values.some((value) => value.includes('${')))
  if (policy.version === '2012-10-17' || !uses) return []
  const sentence = `${nameOf(statement)} uses a policy variable, which the old policy version takes literally.`
  return [warn(statement, 'version_old', sentence, 'Write "Version": "2012-10-17".')]
}

function subjectLine(issuer: string): string {
  return `Add "${issuer}:sub" with the whole subjects that may assume the role under "StringEquals".`
}

function withoutVariables(value: string): string {
  return value.replaceAll(/\$\{[^}]*\}/g, '')
}

function nameOf(statement: AwsTrustStatement): string {
  const name = nameOfStatement(statement)
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

function warn(
  statement: AwsTrustStatement,
  code: AwsTrustWarning['code'],
  sentence: string,
  mend: string,
): AwsTrustWarning {
  return { code, statementIndex: statement.index, sid: statement.sid, sentence, mend }
}
