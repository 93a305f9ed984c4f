/**
 * Session policies: what a request may narrow the role's permissions with.
 *
 * Owns their form and AWS's limits. They are kept in the session; nothing here enforces them.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */

import type { RoleArn } from '@daypass/trust/aws/arn.ts'
import { parseJsonOnce } from '@daypass/trust/json.ts'
import { type StsError, stsError } from './sts-error.ts'

export interface SessionPolicies {
  readonly arns: readonly string[]
  readonly policy: string | undefined
  /** Of the 2048 characters that AWS takes for all of them; undefined without any. */
  readonly packedPercent: number | undefined
}

const MOST_ARNS = 10
const MOST_CHARACTERS = 2048
const PARAMETER = /^PolicyArns\.member\.([1-9][0-9]*)\.arn$/
const POLICY_ARN = /^arn:(aws[a-z-]*):iam::([0-9]{12}|aws):policy\/(?:[!-~]+\/)?[\w+=,.@-]{1,128}$/
const STATEMENT_ELEMENTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']

export function readSessionPolicies(
  parameters: ReadonlyMap<string, string>,
  role: RoleArn,
): SessionPolicies | StsError {
  const arns = readArns(parameters)
  if (!Array.isArray(arns)) return arns as StsError
  const list = arns as readonly string[]
  if (list.length > MOST_ARNS) {
    return stsError(
      'ValidationError',
      `1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to ${MOST_ARNS}`,
    )
  }
  const stranger = list.find((arn) => {
    const [, partition, owner] = POLICY_ARN.exec(arn) ?? []
    return partition !== role.partition || (owner !== 'aws' && owner !== role.accountId)
  })
  if (stranger !== undefined) return stsError('ValidationError', `ARN ${stranger} is not valid.`)
  const policy = parameters.get('Policy')
  const characters = (policy?.length ?? 0) + list.reduce((sum, arn) => sum + arn.length, 0)
  if (characters > MOST_CHARACTERS) {
    const percent = Math.ceil((characters / MOST_CHARACTERS) * 100)
    return stsError(
      'PackedPolicyTooLarge',
      `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    )
  }
  const problem = policy === undefined ? undefined : problemOf(policy)
  if (problem) return stsError('MalformedPolicyDocument', problem)
  const packedPercent = characters === 0 ? undefined : Math.ceil((characters / MOST_CHARACTERS) * 100)
  return { arns: list, policy, packedPercent }
}

/** `PolicyArns.member.1.arn`, `.2.arn`, …: none may be left out. */
function readArns(parameters: ReadonlyMap<string, string>): readonly string[] | StsError {
  const arns: string[] = []
  for (const [name, value] of parameters) {
    if (!name.startsWith('PolicyArns.')) continue
    const [, place] = PARAMETER.exec(name) ?? []
    if (place === undefined) return stsError('MalformedInput', `${name.slice(0, 100)} is no parameter.`)
    arns[Number(place) - 1] = value
  }
  const hasGap = arns.length !== Object.keys(arns).length
  return hasGap ? stsError('MalformedInput', 'The members of PolicyArns are not numbered from 1 on.') : arns
}

/** What is wrong with a permissions policy by its form. AWS checks actions and resources no further either. */
function problemOf(text: string): string | undefined {
  const read = parseJsonOnce(text)
  if (!read.ok || !isRecord(read.value)) return 'This policy contains invalid Json'
  const { Version: version, Statement: statement, Id: _, ...others } = read.value
  if (Object.keys(others).length > 0) return 'Syntax errors in policy.'
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17')
    return 'Syntax errors in policy.'
  const statements = Array.isArray(statement) ? statement : [statement]
  if (statements.length === 0 || !statements.every(isRecord)) return 'Syntax errors in policy.'
  return statements.map(problemOfStatement).find((problem) => problem !== undefined)
}

function problemOfStatement(statement: Readonly<Record<string, unknown>>): string | undefined {
  if ('Principal' in statement || 'NotPrincipal' in statement)
    return 'Policy document should not specify a principal.'
  if (!Object.keys(statement).every((name) => STATEMENT_ELEMENTS.includes(name)))
    return 'Syntax errors in policy.'
  if (statement['Effect'] !== 'Allow' && statement['Effect'] !== 'Deny') return 'Syntax errors in policy.'
  const has = (name: string) => isTexts(statement[name])
  if (has('Action') === has('NotAction')) return 'Policy statement must contain actions.'
  if (has('Resource') === has('NotResource')) return 'Policy statement must contain resources.'
  return statement['Condition'] === undefined || isRecord(statement['Condition'])
    ? undefined
    : 'Syntax errors in policy.'
}

function isTexts(value: unknown): boolean {
  const list = Array.isArray(value) ? value : [value]
  return list.length > 0 && list.every((one) => typeof one === 'string' && one !== '')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
