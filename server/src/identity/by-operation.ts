/**
 * As whom a deployment acts: another identity for one operation, further ones by name, and previews that can only read.
 *
 * `readOnlyPreviews` is kept by withholding. A preview's or drift run's program never holds a token for the audience
 * that clouds are asked with: the supervisor exchanges it outside of the sandbox, for the identity named for previews
 * and no other, and AWS narrows the session to what may be read. Azure's and Google's libraries would need the token
 * itself, so a stack with either cannot have it.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Operation } from '@daypass/contract/job-protocol.ts'
import { parseRoleArn } from '@daypass/trust/aws/arn.ts'
import { accessOf, type SubjectForm } from '@daypass/trust/subject.ts'
import type { Oidc } from '../settings/settings.ts'

export interface IdentitySettings {
  readonly operations: { readonly [Name in Operation]?: Oidc }
  /** Further identities, beside whatever the operation acts as. */
  readonly named: Readonly<Record<string, Oidc>>
  readonly readOnlyPreviews: boolean
  /** How the subjects of its tokens name the stack. */
  readonly subjectForm: SubjectForm
}

export const NO_IDENTITY_SETTINGS: IdentitySettings = {
  operations: {},
  named: {},
  readOnlyPreviews: false,
  subjectForm: 'pulumi',
}

export interface ActingIdentity {
  /** Undefined: as nobody. */
  readonly oidc: Oidc | undefined
  readonly named: Readonly<Record<string, Oidc>>
  /** Only the supervisor has a token for clouds. */
  readonly withheld: boolean
}

/** @param oidc Of the deployment's settings. */
export function actingIdentity(
  operation: Operation,
  oidc: Oidc | undefined,
  { operations, named, readOnlyPreviews }: Omit<IdentitySettings, 'subjectForm'>,
): ActingIdentity {
  const own = operations[operation]
  if (!readOnlyPreviews || !onlyLooks(operation)) {
    return { oidc: own === undefined ? oidc : { ...oidc, ...own }, named, withheld: false }
  }
  const { aws } = own ?? operations.preview ?? {}
  const reader = aws && { ...aws, policyArns: [readOnlyPolicyFor(aws.roleArn)] }
  return { oidc: reader && { aws: reader }, named: {}, withheld: true }
}

export function onlyLooks(operation: Operation): boolean {
  return accessOf(operation) === 'read'
}

/**
 * AWS keeps it up to date. A session may do what both its role and its session policies allow, and several of these add
 * up, so it is the only one.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
 */
function readOnlyPolicyFor(roleArn: string): string {
  return `arn:${parseRoleArn(roleArn)?.partition ?? 'aws'}:iam::aws:policy/ReadOnlyAccess`
}

export interface AboutTheStack {
  readonly organization: string
  readonly audiences: readonly string[]
  /** As saved; a deployment may bring another. */
  readonly oidc: Oidc | undefined
}

/** Why the stack cannot have read-only previews; undefined when it can, or does not ask for them. */
export function whyNoReadOnlyPreviews(
  { operations, named, readOnlyPreviews }: Omit<IdentitySettings, 'subjectForm'>,
  { organization, audiences, oidc }: AboutTheStack,
): Refusal | undefined {
  if (!readOnlyPreviews) return undefined
  if (operations.preview?.aws === undefined) {
    return bad(
      'preview_identity_missing',
      'readOnlyPreviews needs a role for previews: name one in operations.preview.aws, with a trust policy for the operation preview (and detect-drift).',
    )
  }
  for (const operation of ['preview', 'detect-drift'] as const) {
    if (operations[operation]?.aws?.policyArns?.length) {
      return bad(
        'session_policy_given',
        `operations.${operation}.aws.policyArns must be left out: with readOnlyPreviews the session policy is AWS's ReadOnlyAccess, and a second one would add to it.`,
      )
    }
  }
  const shares = [oidc, ...Object.values(operations), ...Object.values(named)].some(
    (block) => block?.azure !== undefined || block?.gcp !== undefined,
  )
  if (shares || audiences.includes(organization)) {
    const who = shares ? 'Azure and Google Cloud are' : 'a program on request is'
    return bad(
      'audience_shared',
      `readOnlyPreviews keeps tokens for ${JSON.stringify(organization)} from previews, but ${who} given them: take the other clouds and this audience from the stack, or leave readOnlyPreviews off.`,
    )
  }
  return undefined
}

function bad(reason: string, message: string): Refusal {
  return { status: 400, reason, message }
}
