/** An account of the local AWS whose roles trust our issuer, as a person would set it up. */

export const ACCOUNT = '123456789012'
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/shop`

export interface TrustOptions {
  /** Subjects that the role lets in; `StringLike` when one holds a wildcard. */
  readonly subjects: readonly string[]
  /** What the trust policy says. */
  readonly audience?: string
  /** What the provider has registered. */
  readonly registered?: readonly string[]
  readonly maxSessionDurationSeconds?: number
  /** All with the same trust policy. */
  readonly roles?: readonly string[]
}

export function subject(stack: string, operation: string, project = 'shop'): string {
  return `pulumi:deploy:org:main:project:${project}:stack:${stack}:operation:${operation}:scope:write`
}

export function accountTrusting(issuerUrl: string, options: TrustOptions): object {
  const {
    subjects,
    audience = 'main',
    registered = ['main'],
    maxSessionDurationSeconds = 3600,
    roles = [ROLE],
  } = options
  const issuer = issuerUrl.replace(/^https?:\/\//, '')
  const operator = subjects.some((one) => one.includes('*')) ? 'StringLike' : 'StringEquals'
  return {
    id: ACCOUNT,
    oidcProviders: [{ url: issuerUrl, audiences: registered }],
    roles: roles.map((arn) => ({
      arn,
      maxSessionDurationSeconds,
      trustPolicy: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'Shop',
            Effect: 'Allow',
            Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}` },
            Action: 'sts:AssumeRoleWithWebIdentity',
            Condition: { [operator]: { [`${issuer}:aud`]: audience, [`${issuer}:sub`]: subjects } },
          },
        ],
      },
    })),
  }
}

/** A request for a deployment of the served program, with an `oidc` block. */
export function deploymentRequest(
  { repoUrl, awsUrl }: { readonly repoUrl: string; readonly awsUrl: string },
  changes: {
    readonly operation?: string
    readonly git?: object
    readonly context?: object
    readonly aws?: object | null
  } = {},
): object {
  const { operation = 'update', git = {}, context = {}, aws = {} } = changes
  return {
    operation,
    inheritSettings: false,
    sourceContext: { git: { repoUrl, branch: 'main', ...git } },
    operationContext: {
      preRunCommands: ['node whoami.mjs > caller.txt'],
      environmentVariables: { AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL_STS: awsUrl },
      ...(aws === null
        ? {}
        : { oidc: { aws: { roleArn: ROLE, sessionName: '${project.name}-${stack.name}', ...aws } } }),
      ...context,
    },
  }
}
