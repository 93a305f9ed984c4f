/** The three exchanges by one name, all for the same stack, for tests of what they have in common. */
import type { AzureExchange, GoogleExchange } from '@daypass/contract/job-protocol.ts'
import { assumeAwsRole } from './aws.ts'
import { requestAzureToken } from './azure.ts'
import { azureCloud } from './azure-cloud.ts'
import { ISSUER } from './cloud-for-tests.ts'
import type { ExchangeResult, ExchangeServices } from './exchange.ts'
import { requestGoogleToken } from './google.ts'

export const CLOUDS = ['aws', 'azure', 'google'] as const
export type Cloud = (typeof CLOUDS)[number]

export const AWS_ROLE = 'arn:aws:iam::123456789012:role/shop'
export const AZURE: AzureExchange = {
  clientId: '22222222-2222-4222-8222-222222222222',
  tenantId: '11111111-1111-4111-8111-111111111111',
  subscriptionId: '33333333-3333-4333-8333-333333333333',
}
export const GOOGLE: GoogleExchange = {
  projectNumber: '123456',
  workloadPoolId: 'daypass',
  providerId: 'issuer',
  serviceAccount: 'shop@acme-prod.iam.gserviceaccount.com',
  region: null,
  tokenLifetimeSeconds: null,
}

/** @param url Of the cloud, without a slash at its end. */
export function exchangeAt(
  cloud: Cloud,
  url: string,
  services: ExchangeServices,
  issuerUrl = ISSUER,
): Promise<ExchangeResult<unknown>> {
  const common = { ...services, identity: { issuerUrl } }
  switch (cloud) {
    case 'aws':
      return assumeAwsRole({
        ...common,
        aws: { roleArn: AWS_ROLE, sessionName: 'web-dev', durationSeconds: 900, policyArns: [] },
        names: {
          organization: 'acme',
          project: 'web',
          stack: 'dev',
          operation: 'update',
          deploymentVersion: 1,
          deploymentId: '00000000-0000-4000-8000-000000000001',
        },
        region: undefined,
        stsUrl: `${url}/`,
      })
    case 'azure':
      return requestAzureToken({
        ...common,
        azure: AZURE,
        authorityUrl: url,
        scope: azureCloud(undefined).scope,
      })
    case 'google':
      return requestGoogleToken({
        ...common,
        google: GOOGLE,
        urls: { sts: url, iamCredentials: url },
      })
  }
}
