/** Explains why a condition of an `Allow` does not hold of a token. */

import { issuerDifference, sayIssuerDifference } from '../issuer-difference.ts'
import { quoted, quotedList } from '../quote.ts'
import { issuerKeyOf } from './arn.ts'
import { AWS_OIDC_CLAIMS, type AwsProvider } from './context.ts'
import type { AwsTrustRefusal } from './evaluate.ts'
import { explainSubject } from './explain-subject.ts'
import type { AwsExplanation } from './explanation.ts'
import { nameOfStatement } from './policy.ts'
import { isSessionTagKey } from './session-tags.ts'

export type ConditionRefusal = Extract<AwsTrustRefusal, { clause: 'condition' }>

export function explainCondition(refusal: ConditionRefusal, provider: AwsProvider): AwsExplanation {
  const where = `${refusal.operator} in ${nameOfStatement({ sid: refusal.sid, index: refusal.statementIndex })}`
  switch (refusal.reason) {
    case 'key_absent':
      return explainKey(refusal, where, provider)
    case 'key_present':
      return condition(
        'condition_excludes',
        `${where} asks that ${refusal.key} is absent, but the token has it.`,
        [`Remove the condition, or write "Null": {${quoted(refusal.key)}: "false"}.`],
      )
    case 'operator_unsupported':
      return condition(
        'condition_operator_unsupported',
        `${where} on ${refusal.key} cannot be judged here, and so refuses.`,
        ['Move this condition into a permissions policy of the role, or check it in AWS itself.'],
      )
    case 'key_has_several_values':
      return condition(
        'condition_needs_set_operator',
        `${where} compares ${refusal.key}, which can have several values.`,
        [`Write "ForAnyValue:${refusal.operator}" for it.`],
      )
    case 'variable_without_value':
      return condition(
        'condition_variable_without_value',
        `${where} on ${refusal.key} uses a policy variable that this request has no value for.`,
        ['Write the value itself.'],
      )
    case 'not_comparable':
      return condition(
        'condition_not_comparable',
        `${where} cannot compare ${refusal.key}, which is ${quotedList(refusal.actual)}.`,
        ['Use a String operator for this key.'],
      )
    case 'value_differs':
      return explainValue(refusal, where, provider)
  }
}

/** What AWS adds to an AssumeRoleWithWebIdentity of its own; compared without regard to case. */
const REQUEST_KEYS = [
  'aws:sourceip',
  'aws:currenttime',
  'aws:epochtime',
  'aws:securetransport',
  'aws:useragent',
  'aws:requestedregion',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:vpcsourceip',
  'sts:rolesessionname',
]

function isOfTheRequest(key: string): boolean {
  return REQUEST_KEYS.includes(key.toLowerCase())
}

/** The request has no such key: another issuer's, a misspelt one, or a claim that AWS does not show. */
function explainKey(refusal: ConditionRefusal, where: string, provider: AwsProvider): AwsExplanation {
  const issuer = issuerKeyOf(provider.issuerUrl)
  const colon = refusal.key.lastIndexOf(':')
  const [prefix, claim] = [refusal.key.slice(0, colon), refusal.key.slice(colon + 1)]
  const known = (AWS_OIDC_CLAIMS as readonly string[]).includes(claim.toLowerCase())
  if (prefix.toLowerCase() === issuer.toLowerCase()) {
    return known
      ? condition(
          'condition_key_absent',
          `${where} asks for ${quoted(refusal.key)}, which this token does not have.`,
          [`Use "${issuer}:sub" and "${issuer}:aud".`],
        )
      : condition(
          'condition_key_claim_unknown',
          `${where} asks for the claim ${quoted(claim)}, which AWS shows to no trust policy.`,
          [`Use "${issuer}:sub": the subject names organization, project, stack and operation.`],
        )
  }
  if (isOfTheRequest(refusal.key)) {
    return condition(
      'condition_key_of_request',
      `${where} asks for ${quoted(refusal.key)} to be ${quotedList(refusal.expected)}, which AWS sees when the deployment asks, and nobody here knows.`,
      [
        'Compare it with what the runner has; `daypass trust explain --request-key <key>=<value>` judges with it.',
      ],
    )
  }
  if (isSessionTagKey(refusal.key)) {
    return condition(
      'condition_key_absent',
      `${where} asks for ${quoted(refusal.key)}, a session tag that this token does not bring.`,
      [
        'Give the stack session tags: daypass identity set --session-tags all. A tag of the run, such as commit, may be absent all the same.',
      ],
    )
  }
  if (!/[./]|localhost/.test(prefix)) {
    return condition(
      'condition_key_absent',
      `${where} asks for ${quoted(refusal.key)}, which this request does not have.`,
      ['Remove the condition, or choose a key that AssumeRoleWithWebIdentity has.'],
    )
  }
  const difference = issuerDifference(prefix, issuer)
  return condition(
    `condition_key_${difference}`,
    `${where} asks for the key ${quoted(refusal.key)}, whose part before the last colon ${sayIssuerDifference(difference, issuer)}; AWS calls it ${quoted(`${issuer}:${claim}`)}, the issuer without its scheme.`,
    [`Write ${quoted(`${issuer}:${claim}`)} instead.`],
  )
}

function explainValue(refusal: ConditionRefusal, where: string, provider: AwsProvider): AwsExplanation {
  const issuer = issuerKeyOf(provider.issuerUrl)
  const actual = refusal.actual[0] ?? ''
  const line = `"${issuer}:aud": ${quoted(actual)}`
  if (/Not(?:Equals|Like|IpAddress)/.test(refusal.operator)) {
    return condition(
      'condition_excludes',
      `${where} keeps out ${refusal.key} ${quotedList(refusal.actual)}.`,
      ['Remove this value from the condition if the deployment may assume the role.'],
    )
  }
  if (refusal.key.toLowerCase() === `${issuer}:sub`.toLowerCase()) {
    return explainSubject(refusal, where)
  }
  if (refusal.key.toLowerCase() !== `${issuer}:aud`.toLowerCase()) {
    return condition(
      'condition_value_differs',
      `${where} wants ${refusal.key} to be ${quotedList(refusal.expected)}, but it is ${quotedList(refusal.actual)}.`,
      [`Write ${quoted(refusal.key)}: ${quoted(actual)} if that is meant.`],
    )
  }
  const same = refusal.expected.find((value) => value.toLowerCase() === actual.toLowerCase())
  if (same !== undefined) {
    return condition(
      'audience_case_policy',
      `${where} wants the audience ${quoted(same)}, but the token's is ${quoted(actual)}: AWS compares case too.`,
      [`Write ${line}.`],
    )
  }
  if (refusal.expected.includes(`aws:${actual}`)) {
    return condition(
      'audience_esc_prefix',
      `${where} wants the audience ${quoted(`aws:${actual}`)}, which is that of an environment; a deployment's is the organization alone, ${quoted(actual)}.`,
      [`Write ${line}.`],
    )
  }
  return condition(
    'audience_differs',
    `${where} wants the audience ${quotedList(refusal.expected)}, but the token's is ${quoted(actual)}.`,
    [`Write ${line}.`],
  )
}

function condition(code: AwsExplanation['code'], sentence: string, mends: readonly string[]): AwsExplanation {
  return { code, clause: 'condition', sentence, mend: mends.join(' ') }
}
