/** What a job exchanges its token for: the saved `oidc` block in the words of the job protocol. */
import type {
  AwsExchange,
  AzureExchange,
  GoogleExchange,
  JobIdentity,
} from '@daypass/contract/job-protocol.ts'
import type { AzureOidcSettings, GcpOidcSettings } from '@daypass/contract/settings.ts'
import { parseAwsSessionDuration, parseGoDuration } from '@daypass/trust/aws/duration.ts'
import type { Oidc } from '../settings/settings.ts'

export function exchangesOf({ aws, azure, gcp }: Oidc): Pick<JobIdentity, 'aws' | 'azure' | 'google'> {
  return {
    aws: aws === undefined ? null : awsExchangeOf(aws),
    azure: azure === undefined ? null : azureExchangeOf(azure),
    google: gcp === undefined ? null : googleExchangeOf(gcp),
  }
}

function awsExchangeOf(aws: NonNullable<Oidc['aws']>): AwsExchange {
  const duration = aws.duration === undefined ? undefined : parseAwsSessionDuration(aws.duration)
  return {
    roleArn: aws.roleArn,
    sessionName: aws.sessionName,
    durationSeconds: duration?.ok ? duration.seconds : null,
    policyArns: [...(aws.policyArns ?? [])],
    ...(aws.chain && {
      chain: aws.chain.map(({ roleArn, externalId = null }) => ({ roleArn, externalId })),
    }),
  }
}

/** That the two ids are there was checked when the deployment was asked for (`deployments/runnable`). */
function azureExchangeOf({ clientId = '', tenantId = '', subscriptionId }: AzureOidcSettings): AzureExchange {
  return { clientId, tenantId, subscriptionId: subscriptionId ?? null }
}

function googleExchangeOf(gcp: GcpOidcSettings): GoogleExchange {
  const lifetime = gcp.tokenLifetime === undefined ? undefined : parseGoDuration(gcp.tokenLifetime)
  return {
    projectNumber: gcp.projectId,
    workloadPoolId: gcp.workloadPoolId,
    providerId: gcp.providerId,
    serviceAccount: gcp.serviceAccount,
    region: gcp.region === undefined || gcp.region === 'global' ? null : gcp.region,
    tokenLifetimeSeconds: lifetime?.ok ? lifetime.seconds : null,
  }
}
