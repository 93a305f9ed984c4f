/**
 * What lets exactly the given stack and operations act as a service account: a provider of a workload identity pool
 * and bindings of one subject each.
 *
 * Where the subjects are longer than Google's 127 bytes, the provider maps `stackId` and the operation instead, and
 * the bindings name the value of an attribute. `evaluate.test.ts` proves with the engine that nobody else is let in.
 */
import { hclString, pulumiString, shellWord } from '../code-quote.ts'
import { OPERATIONS, type Operation, type SubjectStack, subjectsOf } from '../subject.ts'
import { LONGEST_GOOGLE_SUBJECT } from './evaluate.ts'
import {
  type GoogleTrust,
  type GoogleTrustResult,
  poolName,
  poolResource,
  readGoogleTrust,
} from './workload-provider.ts'

export interface GoogleTrustInput {
  readonly issuerUrl: string
  readonly audience: string
  readonly projectNumber: string
  readonly poolId: string
  readonly providerId: string
  readonly serviceAccount: string
  readonly stack: SubjectStack
  /** By default all six. */
  readonly operations?: readonly Operation[]
}

export interface WrittenGoogleTrust {
  readonly provider: object
  readonly serviceAccount: { readonly email: string; readonly policy: object }
}

export type GoogleGenerateResult =
  /** `written` as `gcloud` would print its two halves, for a file that `explain` and `check` read. */
  | { readonly ok: true; readonly trust: GoogleTrust; readonly written: WrittenGoogleTrust }
  | Extract<GoogleTrustResult, { ok: false }>

export function generateGoogleTrust(input: GoogleTrustInput): GoogleGenerateResult {
  const { issuerUrl, audience, projectNumber, poolId, providerId, serviceAccount } = input
  const { mapping, members } = identitiesOf(input)
  const written = {
    provider: {
      name: `${poolResource({ projectNumber, poolId })}/providers/${providerId}`,
      oidc: { issuerUri: issuerUrl, allowedAudiences: [audience] },
      attributeMapping: mapping,
    },
    serviceAccount: {
      email: serviceAccount,
      policy: { bindings: [{ role: 'roles/iam.workloadIdentityUser', members }] },
    },
  }
  const read = readGoogleTrust(written)
  return read.ok ? { ...read, written } : read
}

function identitiesOf({ projectNumber, poolId, stack, operations = OPERATIONS }: GoogleTrustInput) {
  const pool = poolName({ projectNumber, poolId })
  const subjects = subjectsOf(stack, operations)
  // A subject is of the grammar's ASCII characters: as many bytes as characters.
  if (subjects.every((subject) => subject.length <= LONGEST_GOOGLE_SUBJECT)) {
    return {
      mapping: { 'google.subject': 'assertion.sub' },
      members: subjects.map((subject) => `principal://${pool}/subject/${subject}`),
    }
  }
  const stackId = `${stack.organization}/${stack.project}/${stack.stack}`
  return {
    mapping: {
      // Of one deployment, for the audit log; nothing is bound to it.
      'google.subject': "assertion.deployment + ':' + assertion.operation",
      'attribute.run': "assertion.stackId + ':' + assertion.operation",
    },
    members: [...new Set(operations)].map(
      (operation) => `principalSet://${pool}/attribute.run/${stackId}:${operation}`,
    ),
  }
}

export function googleCommands({ provider, serviceAccount }: GoogleTrust): string {
  const { providerId, issuerUri, allowedAudiences, attributeMapping } = provider
  const mapping = Object.entries(attributeMapping)
    .map(([key, expression]) => `${key}=${expression}`)
    .join(',')
  const pool = poolResource(provider)
  return [
    `gcloud iam workload-identity-pools create ${pool}`,
    `gcloud iam workload-identity-pools providers create-oidc ${pool}/providers/${providerId} --issuer-uri=${shellWord(issuerUri)} --allowed-audiences=${shellWord(allowedAudiences.join(','))} --attribute-mapping=${shellWord(mapping)}`,
    ...membersOf(serviceAccount).map(
      (member) =>
        `gcloud iam service-accounts add-iam-policy-binding ${shellWord(serviceAccount.email)} --role=roles/iam.workloadIdentityUser --member=${shellWord(member)}`,
    ),
  ].join('\n')
}

export function googleTerraform({ provider, serviceAccount }: GoogleTrust): string {
  const { projectNumber, poolId, providerId, issuerUri, allowedAudiences, attributeMapping } = provider
  const mapping = Object.entries(attributeMapping).map(
    ([key, expression]) => `    ${hclString(key)} = ${hclString(expression)}`,
  )
  return [
    'resource "google_iam_workload_identity_pool" "daypass" {',
    `  project                   = ${hclString(projectNumber)}`,
    `  workload_identity_pool_id = ${hclString(poolId)}`,
    '}',
    '',
    'resource "google_iam_workload_identity_pool_provider" "daypass" {',
    `  project                            = ${hclString(projectNumber)}`,
    '  workload_identity_pool_id          = google_iam_workload_identity_pool.daypass.workload_identity_pool_id',
    `  workload_identity_pool_provider_id = ${hclString(providerId)}`,
    '  attribute_mapping = {',
    ...mapping,
    '  }',
    '  oidc {',
    `    issuer_uri        = ${hclString(issuerUri)}`,
    `    allowed_audiences = [${allowedAudiences.map(hclString).join(', ')}]`,
    '  }',
    '}',
    ...membersOf(serviceAccount).flatMap((member, index) => [
      '',
      `resource "google_service_account_iam_member" "daypass_${index + 1}" {`,
      `  service_account_id = "projects/-/serviceAccounts/${serviceAccount.email}"`,
      '  role               = "roles/iam.workloadIdentityUser"',
      `  member             = ${hclString(member)}`,
      '}',
    ]),
  ].join('\n')
}

export function googlePulumiYaml({ provider, serviceAccount }: GoogleTrust): string {
  const { projectNumber, poolId, providerId, issuerUri, allowedAudiences, attributeMapping } = provider
  const mapping = Object.entries(attributeMapping).map(
    ([key, expression]) => `        ${pulumiString(key)}: ${pulumiString(expression)}`,
  )
  return [
    'resources:',
    '  pool:',
    '    type: gcp:iam:WorkloadIdentityPool',
    `    properties: { project: ${pulumiString(projectNumber)}, workloadIdentityPoolId: ${pulumiString(poolId)} }`,
    '  provider:',
    '    type: gcp:iam:WorkloadIdentityPoolProvider',
    '    properties:',
    `      project: ${pulumiString(projectNumber)}`,
    '      workloadIdentityPoolId: ${pool.workloadIdentityPoolId}',
    `      workloadIdentityPoolProviderId: ${pulumiString(providerId)}`,
    '      attributeMapping:',
    ...mapping,
    `      oidc: { issuerUri: ${pulumiString(issuerUri)}, allowedAudiences: [${allowedAudiences.map(pulumiString).join(', ')}] }`,
    ...membersOf(serviceAccount).flatMap((member, index) => [
      `  member${index + 1}:`,
      '    type: gcp:serviceaccount:IAMMember',
      '    properties:',
      `      serviceAccountId: projects/-/serviceAccounts/${serviceAccount.email}`,
      '      role: roles/iam.workloadIdentityUser',
      `      member: ${pulumiString(member)}`,
    ]),
  ].join('\n')
}

function membersOf({ bindings }: GoogleTrust['serviceAccount']): readonly string[] {
  return bindings.flatMap(({ members }) => members)
}
