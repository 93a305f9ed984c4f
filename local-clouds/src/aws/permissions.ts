/**
 * Whether a role's permissions policies let it assume another role: the one permission that STS itself asks for. What has a
 * condition, or says `Not…`, is taken against the caller.
 */
import { isLikeText } from '@daypass/trust/aws/pattern.ts'

const ACTION = 'sts:assumerole'

export function mayAssume(policies: readonly unknown[], roleArn: string): boolean {
  const statements = policies.flatMap((policy) => listOf(fieldsOf(policy)['Statement'])).map(fieldsOf)
  const covers = (statement: Fields) =>
    textsIn(statement['Action']).some((pattern) => isLikeText(pattern.toLowerCase(), ACTION)) &&
    textsIn(statement['Resource']).some((pattern) => isLikeText(pattern, roleArn))
  const isDenied = statements.some(
    (statement) => statement['Effect'] === 'Deny' && (covers(statement) || saysNot(statement)),
  )
  return (
    !isDenied &&
    statements.some(
      (statement) =>
        statement['Effect'] === 'Allow' && covers(statement) && statement['Condition'] === undefined,
    )
  )
}

type Fields = Readonly<Record<string, unknown>>

function saysNot(statement: Fields): boolean {
  return 'NotAction' in statement || 'NotResource' in statement
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

function textsIn(value: unknown): readonly string[] {
  return listOf(value).filter((one) => typeof one === 'string')
}
