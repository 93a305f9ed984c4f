/**
 * As whom a deployment acts: another identity for one operation, further ones by name, and previews that can only read.
 *
 * `readOnlyPreviews` is kept by withholding. A preview's or drift run's program never holds a token for the audience
 * that clouds are asked with: the supervisor exchanges it outside of the sandbox, for the identities named for previews
 * and no other. AWS narrows the session to what may be read; Azure and Google Cloud have nothing of the kind, so there a
 * preview may do what its identity may.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { SessionTag } from '@daypass/contract/identity.ts'
import type { Operation } from '@daypass/contract/job-protocol.ts'
import { parseRoleArn } from '@daypass/trust/aws/arn.ts'
import { accessOf, type SubjectForm } from '@daypass/trust/subject.ts'
import type { Oidc } from '../settings/settings.ts'

export interface IdentitySettings {
  readonly operations: { readonly [Name in Operation]?: Oidc }
  /** Further identities, beside whatever the operation acts as. */
  readonly named: Readonly<Record<string, Oidc>>
  readonly readOnlyPreviews: boolean
  /** Whether credentials are renewed while a deployment runs. */
  readonly renew: boolean
  /** How the subjects of its tokens name the stack. */
  readonly subjectForm: SubjectForm
  /** Of its sessions at AWS. */
  readonly sessionTags: readonly SessionTag[]
}

export const NO_IDENTITY_SETTINGS: IdentitySettings = {
  operations: {},
  named: {},
  readOnlyPreviews: false,
  renew: true,
  subjectForm: 'pulumi',
  sessionTags: [],
}

/** Those that decide as whom, not what its tokens say. */
export type ActingSettings = Omit<IdentitySettings, 'renew' | 'subjectForm' | 'sessionTags'>

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
  { operations, named, readOnlyPreviews }: ActingSettings,
): ActingIdentity {
  const own = operations[operation]
  if (!readOnlyPreviews || !onlyLooks(operation)) {
    return { oidc: own === undefined ? oidc : { ...oidc, ...own }, named, withheld: false }
  }
  const { aws, ...others } = { ...operations.preview, ...own }
  const readers = { ...others, ...(aws && { aws: { ...aws, policyArns: [readOnlyPolicyFor(aws.roleArn)] } }) }
  return { oidc: Object.keys(readers).length === 0 ? undefined : readers, named: {}, withheld: true }
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
  { operations, named, readOnlyPreviews }: ActingSettings,
  { organization, audiences, oidc }: AboutTheStack,
): Refusal | undefined {
  if (!readOnlyPreviews) return undefined
  const readers = operations.preview ?? {}
  if (Object.keys(readers).length === 0) {
    return bad(
      'preview_identity_missing',
      'readOnlyPreviews needs an identity for previews: name one in operations.preview, one that can only read, and let its cloud trust the operation preview (and detect-drift).',
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
  const blocks = [oidc, ...Object.values(operations), ...Object.values(named)]
  const unread = CLOUDS.find((cloud) => blocks.some((block) => block?.[cloud]) && !readers[cloud])
  if (unread !== undefined) {
    return bad(
      'audience_shared',
      `The stack acts at ${CLOUD_NAMES[unread]} too, where tokens for the same audience are taken: name its identity for previews in operations.preview.${unread}, or take the cloud from the stack.`,
    )
  }
  const writer = writerAmongReaders(operations, [oidc, ...Object.values(named)])
  if (writer !== undefined) {
    return bad(
      'preview_identity_writes',
      `Previews would act as ${JSON.stringify(writer)}, as other operations do, and its cloud cannot narrow what it may do: name one for previews that can only read.`,
    )
  }
  if (audiences.includes(organization)) {
    return bad(
      'audience_shared',
      `readOnlyPreviews keeps tokens for ${JSON.stringify(organization)} from previews, but a program is given them on request: take this audience from the stack, or leave readOnlyPreviews off.`,
    )
  }
  return undefined
}

/** Of AWS it does not matter: the session policy narrows every role. */
function writerAmongReaders(
  operations: IdentitySettings['operations'],
  others: readonly (Oidc | undefined)[],
): string | undefined {
  const blocks = Object.entries(operations).map(([name, block]) => ({
    reads: onlyLooks(name as Operation),
    block,
  }))
  const readers = blocks.flatMap(({ reads, block }) => (reads ? accountsOf(block) : []))
  const writers = [
    ...blocks.flatMap(({ reads, block }) => (reads ? [] : accountsOf(block))),
    ...others.flatMap(accountsOf),
  ].map((account) => account.toLowerCase())
  return readers.find((account) => writers.includes(account.toLowerCase()))
}

function accountsOf(block: Oidc | undefined): readonly string[] {
  return [block?.azure?.clientId, block?.gcp?.serviceAccount].filter((one) => one !== undefined)
}

const CLOUDS = ['aws', 'azure', 'gcp'] as const
const CLOUD_NAMES = { aws: 'AWS', azure: 'Azure', gcp: 'Google Cloud' } as const

function bad(reason: string, message: string): Refusal {
  return { status: 400, reason, message }
}
