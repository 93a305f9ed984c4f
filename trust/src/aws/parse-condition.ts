/** Reads the `Condition` element: operators, keys and values, each from a closed list or grammar. */

import { memberPath } from '../json.ts'
import { parseAwsInstant, parseAwsNumber } from './compare.ts'
import { parseIpRange } from './ip-range.ts'
import type { Fail } from './parse.ts'
import { tokensOf } from './pattern.ts'
import { AWS_OPERATORS, type AwsCondition, type AwsOperator, type AwsOperatorFamily } from './policy.ts'

/** `<prefix>:<name>`; the prefix of an OIDC key is the issuer without scheme and may itself have `:` and `/`. */
const KEY = /^[!-~]+:[!-~]+$/

export function parseConditions(
  written: unknown,
  path: string,
  variables: boolean,
  fail: Fail,
): readonly AwsCondition[] {
  const conditions: AwsCondition[] = []
  for (const [operatorText, block] of Object.entries(recordAt(written, path, fail))) {
    const operatorPath = memberPath(path, operatorText)
    const operator = operatorOf(operatorText, operatorPath, fail)
    const seen = new Set<string>()
    for (const [key, values] of Object.entries(recordAt(block, operatorPath, fail))) {
      const keyPath = memberPath(operatorPath, key)
      if (!KEY.test(key)) {
        fail(
          'policy_wrong_value',
          keyPath,
          `${JSON.stringify(key)} is no condition key; write <issuer without https://>:sub.`,
        )
      }
      if (seen.has(key.toLowerCase())) {
        fail(
          'policy_duplicate_member',
          keyPath,
          `The key ${JSON.stringify(key)} is written twice; case does not tell keys apart.`,
        )
      }
      seen.add(key.toLowerCase())
      const texts = valuesOf(values, keyPath, fail)
      for (const text of texts) checkValue(operator.operator, text, keyPath, variables, fail)
      conditions.push({ written: operatorText, ...operator, key, values: texts })
    }
  }
  return conditions
}

function operatorOf(
  text: string,
  path: string,
  fail: Fail,
): Pick<AwsCondition, 'operator' | 'set' | 'ifExists'> {
  const [, set, base = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(text) ?? []
  if (!Object.hasOwn(AWS_OPERATORS, base)) {
    const near = Object.keys(AWS_OPERATORS).find((known) => known.toLowerCase() === base.toLowerCase())
    fail(
      'policy_unknown_operator',
      path,
      `${JSON.stringify(text)} is no condition operator${near ? `; write ${near}` : ''}.`,
    )
  }
  if (base === 'Null' && (ifExists || set)) {
    fail('policy_unknown_operator', path, 'Null itself asks whether a key exists; write it alone.')
  }
  return {
    operator: base as AwsOperator,
    set: set as AwsCondition['set'],
    ifExists: ifExists !== undefined,
  }
}

function valuesOf(values: unknown, path: string, fail: Fail): readonly string[] {
  return (Array.isArray(values) ? values : [values]).map((value: unknown) => {
    if (typeof value === 'string') return value
    if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
      return String(value)
    return fail('policy_wrong_type', path, `${path} must be a string or a list of strings.`)
  })
}

function checkValue(operator: AwsOperator, text: string, path: string, variables: boolean, fail: Fail): void {
  const family: AwsOperatorFamily = AWS_OPERATORS[operator].family
  const read = tokensOf(text, { variables })
  if (!read.ok) fail('policy_wrong_variable', path, `In ${path} ${read.problem}.`)
  else if (
    family !== 'string' &&
    family !== 'arn' &&
    read.tokens.some((token) => token.kind === 'variable')
  ) {
    fail('policy_wrong_variable', path, `${operator} takes no policy variables.`)
  }
  const bad =
    (family === 'numeric' && parseAwsNumber(text) === undefined) ||
    (family === 'date' && parseAwsInstant(text) === undefined) ||
    (family === 'ip' && parseIpRange(text) === undefined) ||
    ((family === 'bool' || family === 'null') && !/^(?:true|false)$/i.test(text))
  if (bad) fail('policy_wrong_value', path, `${operator} cannot compare with ${JSON.stringify(text)}.`)
}

function recordAt(value: unknown, path: string, fail: Fail): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  return fail('policy_wrong_type', path, `${path} must be a JSON object.`)
}
