/**
 * Who must let a stack's deployments in, said before one is queued.
 *
 * Owns: what each cloud of the saved settings must trust, and the judging of documents that somebody shows. Does not
 * own: the engine (trust/), the settings, nor tokens: nothing here mints one, and no cloud is asked.
 */
import type { StackTrust } from '@daypass/contract/trust.ts'
import { issuerProblems } from '@daypass/trust/aws/advise.ts'
import { parseRoleArn, providerArnOf } from '@daypass/trust/aws/arn.ts'
import { generateAwsTrustPolicy } from '@daypass/trust/aws/generate.ts'
import { generateAzureTrust } from '@daypass/trust/azure/generate.ts'
import { generateGoogleTrust } from '@daypass/trust/google/generate.ts'
import { OPERATIONS, type Operation, type SubjectStack, subjectOf } from '@daypass/trust/subject.ts'
import type { Oidc } from '../settings/settings.ts'

interface Scope {
  readonly issuerUrl: string
  readonly audience: string
  readonly stack: SubjectStack
  readonly sessionTags: readonly string[]
}

/** Whoever an operation acts as at a cloud. */
interface Acting<Identity> {
  readonly identity: Identity
  readonly operations: Operation[]
}

/**
 * @param oidcOf As whom an operation acts; undefined: as nobody.
 * @param sessionTags Of its sessions at AWS.
 */
export function stackTrust(
  issuerUrl: string,
  stack: SubjectStack,
  oidcOf: (operation: Operation) => Oidc | undefined,
  sessionTags: readonly string[],
): StackTrust {
  const scope = { issuerUrl, audience: stack.organization, stack, sessionTags }
  return {
    issuer: issuerUrl,
    audience: scope.audience,
    subjects: OPERATIONS.map((operation) => ({ operation, subject: subjectOf({ ...stack, operation }) })),
    aws: acting((operation) => oidcOf(operation)?.aws, 'roleArn').map((one) => awsTrust(scope, one)),
    azure: acting((operation) => oidcOf(operation)?.azure, 'clientId').map((one) => azureTrust(scope, one)),
    google: acting((operation) => oidcOf(operation)?.gcp, 'serviceAccount').map((one) =>
      googleTrust(scope, one),
    ),
  }
}

/** Each identity once, with the operations that act as it. @param key Tells one from another. */
function acting<Identity extends object>(
  identityOf: (operation: Operation) => Identity | undefined,
  key: keyof Identity,
): readonly Acting<Identity>[] {
  const found = new Map<unknown, Acting<Identity>>()
  for (const operation of OPERATIONS) {
    const identity = identityOf(operation)
    if (identity === undefined) continue
    const same = found.get(identity[key])
    if (same) same.operations.push(operation)
    else found.set(identity[key], { identity, operations: [operation] })
  }
  return [...found.values()]
}

function awsTrust(
  scope: Scope,
  { identity: { roleArn }, operations }: Acting<NonNullable<Oidc['aws']>>,
): StackTrust['aws'][number] {
  const role = parseRoleArn(roleArn)
  const sessionTags = [...scope.sessionTags]
  if (!role) return { roleArn, operations, sessionTags, problems: ['This is not the ARN of a role.'] }
  const made = generateAwsTrustPolicy({
    ...{ ...scope, ...role, operations },
    sessionTags: sessionTags.length > 0,
  })
  return {
    roleArn,
    operations,
    providerArn: providerArnOf(scope.issuerUrl, role.accountId, role.partition),
    ...(made.ok && { trustPolicy: made.policy }),
    sessionTags,
    problems: [...issuerProblems(scope.issuerUrl), ...(made.ok ? [] : [made.refusal.sentence])],
  }
}

function azureTrust(
  scope: Scope,
  { identity: { clientId }, operations }: Acting<NonNullable<Oidc['azure']>>,
): StackTrust['azure'][number] {
  const made = generateAzureTrust({ ...scope, operations })
  return {
    ...(clientId !== undefined && { clientId }),
    operations,
    ...(made.ok && { federatedCredentials: [...made.credentials] }),
    problems: made.ok ? [] : [made.refusal.sentence],
  }
}

function googleTrust(
  scope: Scope,
  { identity, operations }: Acting<NonNullable<Oidc['gcp']>>,
): StackTrust['google'][number] {
  const { projectId: projectNumber, workloadPoolId: poolId, providerId, serviceAccount } = identity
  const made = generateGoogleTrust({
    ...scope,
    operations,
    projectNumber,
    poolId,
    providerId,
    serviceAccount,
  })
  if (!made.ok) return { serviceAccount, operations, problems: [made.refusal.sentence] }
  const { provider, serviceAccount: account } = made.written
  return { serviceAccount, operations, provider, policy: account.policy, problems: [] }
}
