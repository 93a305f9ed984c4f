/**
 * Judges one condition of a policy against a request, by AWS's rules for absent keys, several values, negation,
 * `…IfExists`, `ForAllValues:` and `ForAnyValue:`.
 *
 * Three answers, not two: where AWS's documents do not say what happens, or the engine does not know the operator,
 * a condition is `undecided`, and `evaluate.ts` takes that against the caller in `Allow` and in `Deny` alike.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 */
import { compares } from './compare.ts'
import type { AwsContext } from './context.ts'
import { substitute, tokensOf } from './pattern.ts'
import { AWS_OPERATORS, type AwsCondition } from './policy.ts'

export type AwsConditionVerdict = 'holds' | 'fails' | 'undecided'

export type AwsConditionReason =
  | 'value_differs'
  | 'key_absent'
  | 'key_present'
  | 'variable_without_value'
  | 'operator_unsupported'
  | 'key_has_several_values'
  | 'not_comparable'

export interface AwsConditionJudgement {
  readonly verdict: AwsConditionVerdict
  /** Why it does not hold. */
  readonly reason: AwsConditionReason | undefined
  /** The request's values of the key; empty when it has none. */
  readonly actual: readonly string[]
}

type Truth = boolean | undefined

export function judgeCondition(
  condition: AwsCondition,
  context: AwsContext,
  variables: boolean,
): AwsConditionJudgement {
  const value = context.get(condition.key)
  const actual = value === undefined ? [] : typeof value === 'string' ? [value] : value
  const { family, negated } = AWS_OPERATORS[condition.operator]
  const answer = (verdict: AwsConditionVerdict, reason?: AwsConditionReason): AwsConditionJudgement => ({
    verdict,
    reason: verdict === 'holds' ? undefined : reason,
    actual,
  })
  if (family === 'unsupported') return answer('undecided', 'operator_unsupported')
  if (family === 'null') return judgeNull(condition, actual, answer)

  const each = (one: string): Truth => negate(likeAny(condition, one, context, variables), negated)
  if (condition.set === undefined) {
    if (value === undefined)
      return negated || condition.ifExists ? answer('holds') : answer('fails', 'key_absent')
    if (typeof value !== 'string') return answer('undecided', 'key_has_several_values')
    return decided(each(value))
  }
  // AWS counts an empty text as no value here.
  const set = actual.filter((one) => one !== '')
  if (condition.set === 'ForAllValues') return decided(every(set.map(each)))
  if (set.length === 0) return answer(condition.ifExists ? 'undecided' : 'fails', 'key_absent')
  return decided(some(set.map(each)))

  function decided(truth: Truth): AwsConditionJudgement {
    if (truth === undefined) return answer('undecided', 'not_comparable')
    if (truth) return answer('holds')
    const lost =
      !negated && condition.values.every((text) => wantedTokens(text, context, variables) === undefined)
    return answer('fails', lost && condition.values.length > 0 ? 'variable_without_value' : 'value_differs')
  }
}

function judgeNull(
  condition: AwsCondition,
  actual: readonly string[],
  answer: (verdict: AwsConditionVerdict, reason?: AwsConditionReason) => AwsConditionJudgement,
): AwsConditionJudgement {
  const absent = actual.every((one) => one === '')
  const holds = condition.values.some((wanted) => (wanted.toLowerCase() === 'true') === absent)
  return holds ? answer('holds') : answer('fails', absent ? 'key_absent' : 'key_present')
}

/** Whether the value is like at least one of the policy's: they are alternatives. */
function likeAny(condition: AwsCondition, actual: string, context: AwsContext, variables: boolean): Truth {
  return some(
    condition.values.map((text) => {
      const wanted = wantedTokens(text, context, variables)
      return wanted === undefined ? false : compares(condition.operator, actual, wanted)
    }),
  )
}

function wantedTokens(text: string, context: AwsContext, variables: boolean): ReturnType<typeof substitute> {
  const read = tokensOf(text, { variables })
  if (!read.ok) return undefined
  return substitute(read.tokens, (key) => {
    const value = context.get(key)
    return typeof value === 'string' ? value : undefined
  })
}

function negate(truth: Truth, negated: boolean): Truth {
  return truth === undefined || !negated ? truth : !truth
}

function some(truths: readonly Truth[]): Truth {
  return truths.includes(true) ? true : truths.includes(undefined) ? undefined : false
}

function every(truths: readonly Truth[]): Truth {
  return truths.includes(false) ? false : truths.includes(undefined) ? undefined : true
}
