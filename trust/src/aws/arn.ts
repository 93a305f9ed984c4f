/**
 * The two names by which AWS knows us: the ARN of an OIDC provider and the prefix of its condition keys, both made
 * from the issuer's URL by leaving out the scheme. Owns the ARNs of roles and providers, nothing of policies.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
 */

export interface RoleArn {
  readonly arn: string
  /** `aws`, `aws-cn`, `aws-us-gov`, … */
  readonly partition: string
  /** 12 digits. */
  readonly accountId: string
  /** Without its path. */
  readonly name: string
  /** `/` or `/team/`: begins and ends with a slash. */
  readonly path: string
}

export interface ProviderArn {
  readonly arn: string
  readonly partition: string
  readonly accountId: string
  /** What follows `oidc-provider/`: the issuer without its scheme, if whoever wrote it made no mistake. */
  readonly issuer: string
}

const ROLE = /^arn:(aws[a-z-]*):iam::([0-9]{12}):role(\/(?:[!-~]+\/)?)([\w+=,.@-]{1,64})$/
const PROVIDER = /^arn:(aws[a-z-]*):iam::([0-9]{12}):oidc-provider\/([!-~]+)$/

export function parseRoleArn(arn: string): RoleArn | undefined {
  const [, partition, accountId, path, name] = ROLE.exec(arn) ?? []
  if (!partition || !accountId || !path || !name || arn.length > 2048) return undefined
  return { arn, partition, accountId, path, name }
}

export function parseProviderArn(arn: string): ProviderArn | undefined {
  const [, partition, accountId, issuer] = PROVIDER.exec(arn) ?? []
  if (!partition || !accountId || !issuer) return undefined
  return { arn, partition, accountId, issuer }
}

/** The issuer's URL without its scheme: what AWS puts into the provider's ARN and before `:sub` and `:aud`. */
export function issuerKeyOf(issuerUrl: string): string {
  return issuerUrl.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\//, '')
}

export function providerArnOf(issuerUrl: string, accountId: string, partition = 'aws'): string {
  return `arn:${partition}:iam::${accountId}:oidc-provider/${issuerKeyOf(issuerUrl)}`
}

/** The ARN by which a session of a role is known once it has been assumed. A role's path is not part of it. */
export function assumedRoleArnOf(role: RoleArn, sessionName: string): string {
  return `arn:${role.partition}:sts::${role.accountId}:assumed-role/${role.name}/${sessionName}`
}
