/**
 * Whether a session of one role may assume the next role (role chaining), and which side stands in the way: the next role's trust
 * policy, or what the first role may do.
 *
 * Owns how a trust policy speaks of AWS principals. Who the session is, and what its own policies permit, is for the caller to say.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
 */
import { assumedRoleArnOf, type RoleArn } from './arn.ts'
import { judgeCondition } from './condition.ts'
import type { AwsContext, AwsContextValue } from './context.ts'
import { coversAction } from './evaluate.ts'
import type { AwsExplanation } from './explanation.ts'
import { type AwsPrincipal, type AwsTrustPolicy, type AwsTrustStatement, nameOfStatement } from './policy.ts'

/** AWS gives no session of an assumed role that assumed another longer than this. */
export const LONGEST_CHAINED_SESSION_SECONDS = 3600

const ASSUME_ROLE = 'sts:AssumeRole'

export interface RoleLink {
  readonly policy: AwsTrustPolicy
  readonly role: RoleArn
  readonly caller: { readonly role: RoleArn; readonly sessionName: string }
  /** Whether the caller's own policies allow `sts:AssumeRole` on the role. */
  readonly isPermitted: boolean
  /** Condition keys of the request: `sts:ExternalId`, `sts:RoleSessionName`, … */
  readonly requestKeys: Readonly<Record<string, AwsContextValue>>
}

/** Undefined when the link holds. */
export function explainRoleLink({
  policy,
  role,
  caller,
  isPermitted,
  requestKeys,
}: RoleLink): AwsExplanation | undefined {
  const context = contextOf({
    ...requestKeys,
    'aws:PrincipalArn': caller.role.arn,
    'aws:PrincipalAccount': caller.role.accountId,
    'aws:PrincipalType': 'AssumedRole',
  })
  const variables = policy.version === '2012-10-17'
  const judge = (statement: AwsTrustStatement) =>
    statement.conditions.map((condition) => ({ condition, ...judgeCondition(condition, context, variables) }))
  const about = policy.statements
    .map((statement) => ({ statement, names: namesIn(statement.principals, caller) }))
    .filter(({ statement, names }) => names !== undefined && coversAction(statement, ASSUME_ROLE))

  const denying = about.find(
    ({ statement }) =>
      statement.effect === 'Deny' && judge(statement).every(({ verdict }) => verdict !== 'fails'),
  )
  if (denying) return denied(role, caller.role, denying.statement)
  const allowing = about.filter(({ statement }) => statement.effect === 'Allow')
  const holding = allowing.filter(({ statement }) =>
    judge(statement).every(({ verdict }) => verdict === 'holds'),
  )
  const isNamedAtHome =
    caller.role.accountId === role.accountId && holding.some(({ names }) => names === 'itself')
  if (isNamedAtHome || (holding.length > 0 && isPermitted)) return undefined
  if (holding.length > 0) return notPermitted(role, caller.role)
  const [first] = allowing
  const missed = first && judge(first.statement).find(({ verdict }) => verdict !== 'holds')
  if (!first || !missed) return notTrusted(role, caller.role)
  const { written, key, values } = missed.condition
  return {
    code: 'chain_condition',
    clause: 'condition',
    sentence: `${role.arn} trusts ${caller.role.arn} in ${nameOfStatement(first.statement)} only if ${written} ${key} ${JSON.stringify(values)}, and the request has ${missed.actual.length === 0 ? 'none' : JSON.stringify(missed.actual)}.`,
    mend:
      key.toLowerCase() === 'sts:externalid'
        ? 'Set "externalId" of this role in the chain to what its trust policy asks for.'
        : 'Change the condition, or what the identity of the stack asks with.',
  }
}

/** `itself`: by its own ARN. `account`: whatever its account lets it. */
function namesIn(
  principals: readonly AwsPrincipal[],
  { role, sessionName }: RoleLink['caller'],
): 'itself' | 'account' | undefined {
  const own = [role.arn, assumedRoleArnOf(role, sessionName)]
  if (principals.some(({ kind, text }) => kind === 'account' && own.includes(text))) return 'itself'
  const account = [role.accountId, `arn:${role.partition}:iam::${role.accountId}:root`]
  const isOpen = principals.some(
    ({ kind, text }) => kind === 'everyone' || (kind === 'account' && account.includes(text)),
  )
  return isOpen ? 'account' : undefined
}

function contextOf(keys: Readonly<Record<string, AwsContextValue>>): AwsContext {
  const values = new Map(Object.entries(keys).map(([key, value]) => [key.toLowerCase(), value]))
  return { get: (key) => values.get(key.toLowerCase()) }
}

function denied(role: RoleArn, caller: RoleArn, statement: AwsTrustStatement): AwsExplanation {
  return {
    code: 'explicit_deny',
    clause: 'deny',
    sentence: `The trust policy of ${role.arn} denies ${caller.arn} in ${nameOfStatement(statement)}.`,
    mend: 'Take the Deny away, or narrow it.',
  }
}

function notTrusted(role: RoleArn, caller: RoleArn): AwsExplanation {
  return {
    code: 'chain_not_trusted',
    clause: 'principal',
    sentence: `The trust policy of ${role.arn} does not let ${caller.arn} assume it.`,
    mend: `Add to it: {"Effect":"Allow","Principal":{"AWS":"${caller.arn}"},"Action":"sts:AssumeRole"}`,
  }
}

function notPermitted(role: RoleArn, caller: RoleArn): AwsExplanation {
  return {
    code: 'chain_not_permitted',
    clause: 'role',
    sentence: `${role.arn} trusts ${caller.arn}, but that role's own policies do not let it assume it.`,
    mend: `Add to the policies of ${caller.name}: {"Effect":"Allow","Action":"sts:AssumeRole","Resource":"${role.arn}"}`,
  }
}

/**
 * What is said when AWS refuses a link: it does not say which side stood in the way, a local cloud does.
 *
 * @param place Of the role in the chain, from 2.
 */
export function explainRefusedLink(
  { role, caller, place }: { readonly role: string; readonly caller: string; readonly place: number },
  error: { readonly code: string; readonly message: string },
  told: { readonly sentence: string; readonly mend: string } | undefined,
): { readonly sentence: string; readonly mend: string } {
  const which = `Role ${place} of the chain, ${role}, was refused to ${caller}`
  if (told) return { sentence: `${which}: ${told.sentence}`, mend: told.mend }
  const said = `${which} (${error.code}: ${error.message.slice(0, 300)}).`
  return error.code === 'AccessDenied'
    ? {
        sentence: said,
        mend: `Two things must hold: the trust policy of ${role} allows sts:AssumeRole to ${caller}, with the external id that it asks for, and the policies of ${caller} allow sts:AssumeRole on ${role}.`,
      }
    : { sentence: said, mend: 'A session of a role that another role assumed lasts an hour at most.' }
}
