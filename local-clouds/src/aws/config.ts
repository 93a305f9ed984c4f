/**
 * The accounts of the local AWS, from a JSON file: OIDC providers and roles as one would make them in IAM.
 *
 * Owns the file's closed grammar. What IAM would refuse to save is refused here, when the program starts.
 */
import { parseRoleArn, providerArnOf, type RoleArn } from '@daypass/trust/aws/arn.ts'
import type { AwsProvider } from '@daypass/trust/aws/context.ts'
import { parseAwsTrustPolicy } from '@daypass/trust/aws/parse.ts'
import type { AwsTrustPolicy } from '@daypass/trust/aws/policy.ts'
import { fieldsOf, listOf, Refused, textOf } from '../cloud/config-fields.ts'
import { issuerRefusal } from '../issuer/issuer-url.ts'

export interface LocalAwsConfig {
  readonly accounts: readonly LocalAwsAccount[]
}

export interface LocalAwsAccount {
  /** 12 digits. */
  readonly id: string
  readonly partition: string
  readonly providers: readonly AwsProvider[]
  readonly roles: readonly LocalAwsRole[]
}

export interface LocalAwsRole {
  readonly arn: RoleArn
  readonly trustPolicy: AwsTrustPolicy
  /** 3600 to 43200. */
  readonly maxSessionDurationSeconds: number
  /** Permissions policies, kept for whatever will enforce them; nothing here does. */
  readonly policies: readonly unknown[]
}

export type LocalAwsConfigResult =
  | { readonly ok: true; readonly config: LocalAwsConfig }
  | { readonly ok: false; readonly path: string; readonly sentence: string }

export function readLocalAwsConfig(value: unknown): LocalAwsConfigResult {
  try {
    const { accounts } = fieldsOf(value, '$', ['accounts'])
    const read = listOf(accounts, '$.accounts').map((one, index) => readAccount(one, `$.accounts[${index}]`))
    refuseRepeated(
      read.map(({ id }) => id),
      '$.accounts',
      'account',
    )
    return { ok: true, config: { accounts: read } }
  } catch (error) {
    if (error instanceof Refused) return { ok: false, path: error.path, sentence: error.message }
    throw error
  }
}

function readAccount(value: unknown, path: string): LocalAwsAccount {
  const account = fieldsOf(value, path, ['id', 'partition', 'oidcProviders', 'roles'])
  const id = textOf(account['id'], `${path}.id`)
  if (!/^[0-9]{12}$/.test(id)) throw new Refused(`${path}.id`, 'An account id has 12 digits.')
  const partition =
    account['partition'] === undefined ? 'aws' : textOf(account['partition'], `${path}.partition`)
  if (!/^aws(?:-[a-z]+)*$/.test(partition)) {
    throw new Refused(`${path}.partition`, 'A partition is aws, aws-cn, aws-us-gov or alike.')
  }
  const providers = listOf(account['oidcProviders'] ?? [], `${path}.oidcProviders`).map((one, index) =>
    readProvider(one, `${path}.oidcProviders[${index}]`, id, partition),
  )
  refuseRepeated(
    providers.map(({ arn }) => arn),
    `${path}.oidcProviders`,
    'provider',
  )
  const roles = listOf(account['roles'] ?? [], `${path}.roles`).map((one, index) =>
    readRole(one, `${path}.roles[${index}]`, id, partition),
  )
  refuseRepeated(
    roles.map(({ arn }) => arn.name.toLowerCase()),
    `${path}.roles`,
    'role',
  )
  return { id, partition, providers, roles }
}

function readProvider(value: unknown, path: string, accountId: string, partition: string): AwsProvider {
  const provider = fieldsOf(value, path, ['url', 'audiences'])
  const issuerUrl = textOf(provider['url'], `${path}.url`)
  const refusal = issuerRefusal(issuerUrl)
  if (refusal) throw new Refused(`${path}.url`, refusal)
  const audiences = listOf(provider['audiences'], `${path}.audiences`).map((one, index) => {
    const audience = textOf(one, `${path}.audiences[${index}]`)
    if (audience !== '' && audience.length <= 255) return audience
    throw new Refused(`${path}.audiences[${index}]`, 'An audience has 1 to 255 characters.')
  })
  if (audiences.length > 100) throw new Refused(`${path}.audiences`, 'A provider has at most 100 audiences.')
  return { arn: providerArnOf(issuerUrl, accountId, partition), issuerUrl, audiences }
}

function readRole(value: unknown, path: string, accountId: string, partition: string): LocalAwsRole {
  const role = fieldsOf(value, path, ['arn', 'trustPolicy', 'maxSessionDurationSeconds', 'policies'])
  const arn = parseRoleArn(textOf(role['arn'], `${path}.arn`))
  if (!arn || arn.accountId !== accountId || arn.partition !== partition) {
    throw new Refused(
      `${path}.arn`,
      `The ARN of a role of this account is arn:${partition}:iam::${accountId}:role/<name>.`,
    )
  }
  const trust = parseAwsTrustPolicy(role['trustPolicy'])
  if (!trust.ok) {
    throw new Refused(`${path}.trustPolicy${trust.refusal.path.slice(1)}`, trust.refusal.sentence)
  }
  const seconds = role['maxSessionDurationSeconds'] ?? 3600
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 3600 || seconds > 43_200) {
    throw new Refused(
      `${path}.maxSessionDurationSeconds`,
      'The longest session of a role is 3600 to 43200 seconds.',
    )
  }
  const policies = listOf(role['policies'] ?? [], `${path}.policies`)
  return { arn, trustPolicy: trust.policy, maxSessionDurationSeconds: seconds, policies }
}

function refuseRepeated(names: readonly string[], path: string, what: string): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined)
    throw new Refused(path, `The ${what} ${JSON.stringify(repeated)} is listed twice.`)
}
