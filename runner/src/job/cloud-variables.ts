/**
 * How the clouds' own libraries, providers and tools find a deployment's credentials: which variables they read, and
 * the file that Google's want.
 *
 * AWS's are credentials, or where to ask for them when they have to be renewed. Azure's and Google's say where the job's token
 * lies (`identity.ts` keeps that file fresh), so what has to be renewed is in one place; a job that may not have that token is
 * told where to ask for access tokens. `ARM_OIDC_TOKEN` is there only where renewal is off: Azure's providers prefer it to
 * the file, and it is as old as the step.
 */
import { join } from 'node:path'
import type { AzureExchange, GoogleExchange, NamedIdentity } from '@daypass/contract/job-protocol.ts'
import { awsProfileVariables } from './aws-profiles.ts'
import { awsCredentialVariables } from './broker/aws-credentials.ts'
import { azureAccessTokenVariables } from './broker/azure-access-token.ts'
import { brokeredGoogleConfiguration, writeGoogleRequestToken } from './broker/google-access-token.ts'
import { azureRequestVariables } from './broker/id-token-request.ts'
import type { JobContext } from './context.ts'
import type { Environment } from './environment.ts'
import { type AzureCloud, azureCloud } from './exchange/azure-cloud.ts'
import { credentialConfiguration, googleUrls } from './exchange/google.ts'
import { TOKEN_FILE, writeForJob } from './identity.ts'

/**
 * @param own Variables of the stack. Parts of one credential belong together: where it brings its own, ours stay away.
 * @param token Of this step; undefined where the job is given none.
 */
export function cloudVariables(
  context: JobContext,
  own: Environment,
  token: string | undefined,
): Environment {
  const { azure = null, google = null, named = [] } = context.spec.identity ?? {}
  const isOwn = (names: readonly string[]): boolean => names.some((name) => name in own)
  return {
    ...(isOwn(AWS_OF_ONES_OWN) ? {} : awsVariables(context)),
    ...(azure && !isOwn(AZURE_OF_ONES_OWN) ? azureVariables(context, azure, token) : {}),
    ...(google && !isOwn(GOOGLE_OF_ONES_OWN) ? googleVariables(context, google) : {}),
    ...Object.assign({}, ...named.map((identity) => namedVariables(context, identity))),
    ...awsProfileVariables(context),
  }
}

/** Of AWS there is a profile (`aws-profiles.ts`). The token's file is one for all. */
function namedVariables(context: JobContext, { name, azure, google }: NamedIdentity): Environment {
  const prefix = name.toUpperCase().replaceAll('-', '_')
  return {
    ...(azure && {
      [`${prefix}_ARM_CLIENT_ID`]: azure.clientId,
      [`${prefix}_ARM_TENANT_ID`]: azure.tenantId,
      ...(azure.subscriptionId !== null && { [`${prefix}_ARM_SUBSCRIPTION_ID`]: azure.subscriptionId }),
    }),
    ...(google && {
      [`${prefix}_GOOGLE_CREDENTIALS`]: googleConfiguration(context, google),
      [`${prefix}_GOOGLE_APPLICATION_CREDENTIALS`]: join(context.paths.identity, googleFile(name)),
    }),
  }
}

const AWS_OF_ONES_OWN = [
  'AWS_ACCESS_KEY_ID',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
]
const AZURE_OF_ONES_OWN = ['ARM_CLIENT_ID', 'ARM_CLIENT_SECRET', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET']
const GOOGLE_OF_ONES_OWN = [
  'GOOGLE_CREDENTIALS',
  'GOOGLE_CLOUD_KEYFILE_JSON',
  'GCLOUD_KEYFILE_JSON',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GOOGLE_OAUTH_ACCESS_TOKEN',
]

function awsVariables({ findings }: JobContext): Environment {
  if (findings.awsSession && findings.broker) return awsCredentialVariables(findings.broker)
  if (!findings.aws) return {}
  return {
    AWS_ACCESS_KEY_ID: findings.aws.accessKeyId,
    AWS_SECRET_ACCESS_KEY: findings.aws.secretAccessKey,
    AWS_SESSION_TOKEN: findings.aws.sessionToken,
  }
}

/** `ARM_…` is what Azure's providers read, `AZURE_…` what Microsoft's SDKs do (workload identity). */
function azureVariables(context: JobContext, azure: AzureExchange, token: string | undefined): Environment {
  const { findings, spec } = context
  if (spec.identity?.withheld) {
    return findings.azureTokens && findings.broker ? azureAccessTokenVariables(findings.broker, azure) : {}
  }
  const audience = spec.identity?.audience ?? null
  const tokenFile = join(context.paths.identity, TOKEN_FILE)
  const { authorityUrl, isPublic } = azureCloudOf(context)
  return {
    ARM_USE_OIDC: 'true',
    ARM_CLIENT_ID: azure.clientId,
    ARM_TENANT_ID: azure.tenantId,
    ...(azure.subscriptionId !== null && { ARM_SUBSCRIPTION_ID: azure.subscriptionId }),
    ...(spec.identity?.renew === false && token !== undefined
      ? { ARM_OIDC_TOKEN: token }
      : {
          ARM_OIDC_TOKEN_FILE_PATH: tokenFile,
          ...(findings.broker && audience !== null && azureRequestVariables(findings.broker, audience)),
        }),
    AZURE_CLIENT_ID: azure.clientId,
    AZURE_TENANT_ID: azure.tenantId,
    ...(azure.subscriptionId !== null && { AZURE_SUBSCRIPTION_ID: azure.subscriptionId }),
    AZURE_FEDERATED_TOKEN_FILE: tokenFile,
    ...(!isPublic && { AZURE_AUTHORITY_HOST: authorityUrl }),
  }
}

/** The cloud that the stack's variables name, asked where the runner was told to ask. */
export function azureCloudOf({ spec, settings }: JobContext): AzureCloud {
  const named = ['ARM_ENVIRONMENT', 'AZURE_ENVIRONMENT'].flatMap(
    (wanted) => spec.environment.find(({ name }) => name === wanted)?.value ?? [],
  )
  const cloud = azureCloud(named[0])
  const { azureAuthority } = settings.cloudUrls
  return azureAuthority === undefined ? cloud : { ...cloud, authorityUrl: azureAuthority, isPublic: false }
}

/** Pulumi's provider takes the configuration as text, Google's SDKs and `gcloud` the file that holds it. */
function googleVariables(context: JobContext, google: GoogleExchange): Environment {
  const file = join(context.paths.identity, googleFile(undefined))
  return {
    GOOGLE_CREDENTIALS: googleConfiguration(context, google),
    GOOGLE_APPLICATION_CREDENTIALS: file,
    CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: file,
    ...(google.region !== null && { GOOGLE_REGION: google.region }),
  }
}

/** @param name Of a further identity. */
export async function writeGoogleConfiguration(
  context: JobContext,
  google: GoogleExchange,
  name: string | undefined,
): Promise<void> {
  await writeForJob(context.job, googleFile(name), googleConfiguration(context, google))
}

function googleFile(name: string | undefined): string {
  return name === undefined ? 'google-credentials.json' : `google-credentials-${name}.json`
}

/** When the first step begins that may have credentials: what is asked with is a secret, and the steps before see the folder. */
export async function writeLentGoogle(context: JobContext): Promise<void> {
  const { spec, findings, job } = context
  const google = spec.identity?.google
  if (!google || !findings.googleSession || !findings.broker) return
  await writeGoogleRequestToken(job, findings.broker)
  await writeGoogleConfiguration(context, google, undefined)
}

function googleConfiguration(context: JobContext, google: GoogleExchange): string {
  const { paths, settings, findings } = context
  if (findings.googleSession && findings.broker) {
    return JSON.stringify(brokeredGoogleConfiguration(context, findings.broker, google))
  }
  const tokenFile = join(paths.identity, TOKEN_FILE)
  return JSON.stringify(credentialConfiguration(google, googleUrls(settings.cloudUrls), tokenFile))
}
