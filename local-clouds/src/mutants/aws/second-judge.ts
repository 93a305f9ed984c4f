/**
 * A second judge of AWS trust policies, written from AWS's documentation and from nothing else: it reads the JSON
 * itself, shares no line with the engine, and is written in another way (regular expressions, no parsing first), so
 * that the same mistake is hardly made twice. That `*` is no federated principal of an `Allow` is a reading of both.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { BlockList, isIPv6 } from 'node:net'
import type { AwsArranged, AwsStatement } from './arranged.ts'

interface Asked {
  readonly issuerUrl: string
  readonly now: Date
  readonly sessionName: string
}

type Context = ReadonlyMap<string, readonly string[]>

export function secondAwsJudge(arranged: AwsArranged, { issuerUrl, now, sessionName }: Asked): boolean {
  const { token, provider, policy, role, accountId, key } = arranged
  const { sub, aud, azp, exp, nbf, iat } = { exp: Infinity, iat: 0, nbf: 0, ...token.claims } as Record<
    string,
    unknown
  >
  const seconds = now.getTime() / 1000
  if (token.spoilt || Number(exp) <= seconds || Number(nbf) > seconds || Number(iat) > seconds) return false
  if (!role || provider?.url !== issuerUrl) return false
  const offered = azp === undefined ? [aud].flat() : [azp]
  const audience = provider.audiences.find((one) => offered.includes(one))
  if (audience === undefined) return false
  const statements = [policy.Statement].flat()
  if (statements.length === 0 || !/^20(08-10|12-10)-17$/.test(policy.Version ?? '2008-10-17')) return false
  if (statements.some(isMalformed)) return false

  const context: Context = new Map([
    [`${key}:sub`.toLowerCase(), [String(sub)]],
    [`${key}:aud`.toLowerCase(), [audience]],
    ['sts:rolesessionname', [sessionName]],
    ['aws:currenttime', [now.toISOString()]],
    ['aws:sourceip', ['127.0.0.1']],
  ])
  const arn = `arn:aws:iam::${accountId}:oidc-provider/${key}`
  const applies = (statement: AwsStatement) => coversAction(statement) && conditionsHold(statement, context)
  const federated = ({ Principal: who }: AwsStatement) => [(who as { Federated?: unknown }).Federated].flat()
  const denied = statements.some(
    (one) => one.Effect === 'Deny' && (one.Principal === '*' || federated(one).includes(arn)) && applies(one),
  )
  return (
    !denied &&
    statements.some((one) => one.Effect === 'Allow' && federated(one).includes(arn) && applies(one))
  )
}

const ELEMENTS = ['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Condition']

function isMalformed(statement: AwsStatement): boolean {
  const { Effect: effect, Principal: principal, Action: action, NotAction: notAction } = statement
  return (
    !['Allow', 'Deny'].includes(effect) ||
    principal === undefined ||
    Object.keys(statement).some((element) => !ELEMENTS.includes(element)) ||
    [action ?? notAction].flat().some((one) => !/^sts:/i.test(one ?? '')) ||
    Object.keys(statement.Condition ?? {}).some((operator) => !(splitOperator(operator).name in OPERATORS))
  )
}

function coversAction({ Action: action, NotAction: notAction }: AwsStatement): boolean {
  const is = (pattern: string) => glob(pattern, 'i').test('sts:AssumeRoleWithWebIdentity')
  return action === undefined ? ![notAction ?? []].flat().some(is) : [action].flat().some(is)
}

function conditionsHold({ Condition: condition = {} }: AwsStatement, context: Context): boolean {
  return Object.entries(condition).every(([operator, block]) =>
    Object.entries(block).every(([key, values]) =>
      holds(operator, [values].flat(), context.get(key.toLowerCase())),
    ),
  )
}

function splitOperator(operator: string) {
  const [, quantifier = '', name = '', ifExists] =
    /^(ForAllValues:|ForAnyValue:)?(.*?)(IfExists)?$/.exec(operator) ?? []
  return { quantifier, name, ifExists: ifExists !== undefined }
}

/** "Not" turns the question: true when no value of the policy fits, and when there is nothing to compare. */
function holds(operator: string, wanted: readonly string[], actual: readonly string[] | undefined): boolean {
  const { quantifier, name, ifExists } = splitOperator(operator)
  if (name === 'Null') return wanted.some((one) => one === String(actual === undefined))
  const turned = name.includes('Not')
  const compare = OPERATORS[name]
  const fits = (one: string) => wanted.some((value) => compare?.(one, value) ?? false) !== turned
  if (quantifier === 'ForAllValues:') return (actual ?? []).every(fits)
  if (actual === undefined) return quantifier === '' && (turned || ifExists)
  return actual.some(fits)
}

const same = (one: string, value: string) => one === value
const sameLetters = (one: string, value: string) => one.toLowerCase() === value.toLowerCase()
const like = (one: string, value: string) => glob(value).test(one)

const OPERATORS: Readonly<Record<string, (actual: string, wanted: string) => boolean>> = {
  StringEquals: same,
  StringNotEquals: same,
  StringEqualsIgnoreCase: sameLetters,
  StringNotEqualsIgnoreCase: sameLetters,
  StringLike: like,
  StringNotLike: like,
  Bool: sameLetters,
  Null: same,
  NumericLessThan: (one, value) => Number(one) < Number(value),
  DateLessThan: (one, value) => new Date(one) < new Date(value),
  IpAddress: isWithin,
  NotIpAddress: isWithin,
  DateGreaterThan: (one, value) => new Date(one) > new Date(value),
}

function isWithin(address: string, range: string): boolean {
  const [network = '', prefix = '32'] = range.split('/')
  const list = new BlockList()
  list.addSubnet(network, Number(prefix), isIPv6(network) ? 'ipv6' : 'ipv4')
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

function glob(pattern: string, flags = ''): RegExp {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('*', '[\\s\\S]*')
    .replaceAll('?', '[\\s\\S]')
  return new RegExp(`^${escaped}$`, flags)
}
