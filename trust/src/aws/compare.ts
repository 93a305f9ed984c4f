/** Compares one value of a request with one value of a policy, for each operator that AWS has. */
import { isInRange, parseIpAddress, parseIpRange } from './ip-range.ts'
import { isLike, literalText, type Token } from './pattern.ts'
import type { AwsOperator } from './policy.ts'

/** Undefined when the values cannot be compared, which the caller must take as a refusal. */
export type Comparison = boolean | undefined

/**
 * Whether the operator without its negation holds: `StringNotLike` compares as `StringLike`, and `evaluate` turns it.
 *
 * @param wanted The policy's value with its variables already replaced.
 */
export function compares(operator: AwsOperator, actual: string, wanted: readonly Token[]): Comparison {
  switch (operator) {
    case 'StringEquals':
    case 'StringNotEquals':
      return actual === literalText(wanted)
    case 'StringEqualsIgnoreCase':
    case 'StringNotEqualsIgnoreCase':
      return actual.toLowerCase() === literalText(wanted).toLowerCase()
    case 'StringLike':
    case 'StringNotLike':
      return isLike(wanted, actual)
    case 'ArnEquals':
    case 'ArnLike':
    case 'ArnNotEquals':
    case 'ArnNotLike':
      return isArnLike(wanted, actual)
    case 'Bool':
      return booleanOf(actual) === undefined
        ? undefined
        : booleanOf(actual) === booleanOf(literalText(wanted))
    case 'NumericEquals':
    case 'NumericNotEquals':
      return ordered(parseAwsNumber, actual, wanted, (a, b) => a === b)
    case 'NumericLessThan':
      return ordered(parseAwsNumber, actual, wanted, (a, b) => a < b)
    case 'NumericLessThanEquals':
      return ordered(parseAwsNumber, actual, wanted, (a, b) => a <= b)
    case 'NumericGreaterThan':
      return ordered(parseAwsNumber, actual, wanted, (a, b) => a > b)
    case 'NumericGreaterThanEquals':
      return ordered(parseAwsNumber, actual, wanted, (a, b) => a >= b)
    case 'DateEquals':
    case 'DateNotEquals':
      return ordered(parseAwsInstant, actual, wanted, (a, b) => a === b)
    case 'DateLessThan':
      return ordered(parseAwsInstant, actual, wanted, (a, b) => a < b)
    case 'DateLessThanEquals':
      return ordered(parseAwsInstant, actual, wanted, (a, b) => a <= b)
    case 'DateGreaterThan':
      return ordered(parseAwsInstant, actual, wanted, (a, b) => a > b)
    case 'DateGreaterThanEquals':
      return ordered(parseAwsInstant, actual, wanted, (a, b) => a >= b)
    case 'Null':
    case 'BinaryEquals':
      return undefined
    case 'IpAddress':
    case 'NotIpAddress':
      return isAddressIn(actual, literalText(wanted))
  }
}

/** A decimal integer or fraction. */
export function parseAwsNumber(text: string): number | undefined {
  return /^[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)$/.test(text) ? Number(text) : undefined
}

/** Milliseconds of an ISO 8601 instant (`2026-11-24T09:00:00Z`, date only allowed) or of epoch seconds. */
export function parseAwsInstant(text: string): number | undefined {
  if (/^[0-9]{1,12}$/.test(text)) return Number(text) * 1000
  const iso =
    /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?$/
  const milliseconds = iso.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(milliseconds) ? undefined : milliseconds
}

function ordered(
  read: (text: string) => number | undefined,
  actual: string,
  wanted: readonly Token[],
  holds: (actual: number, wanted: number) => boolean,
): Comparison {
  const [left, right] = [read(actual), read(literalText(wanted))]
  return left === undefined || right === undefined ? undefined : holds(left, right)
}

function isAddressIn(actual: string, wanted: string): Comparison {
  const [address, range] = [parseIpAddress(actual), parseIpRange(wanted)]
  return address && range && isInRange(address, range)
}

function booleanOf(text: string): boolean | undefined {
  const lower = text.toLowerCase()
  return lower === 'true' ? true : lower === 'false' ? false : undefined
}

/**
 * Each of the six parts of an ARN is compared by itself, so that `*` does not reach over a colon but in the last. What
 * AWS does with a pattern of fewer parts is not documented.
 */
function isArnLike(wanted: readonly Token[], actual: string): Comparison {
  const patterns = splitAtColons(wanted)
  const parts = actual.split(':')
  const texts = [...parts.slice(0, 5), parts.slice(5).join(':')]
  if (patterns.length !== 6) return undefined
  if (parts.length < 6) return false
  return patterns.every((pattern, index) => isLike(pattern, texts[index] ?? ''))
}

function splitAtColons(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]]
  for (const token of tokens) {
    if (token.kind === 'char' && token.char === ':' && parts.length < 6) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}
