/** The three strict local clouds, all trusting one issuer, on clocks that a test holds, and the runner's exchange with each. */
import { randomBytes } from 'node:crypto'
import { SUBJECT, startTestIssuer, type TestIssuer } from '../../local-clouds/src/issuer/issuer-for-tests.ts'
import {
  type LocalCloudsConfig,
  readLocalCloudsConfig,
  startLocalClouds,
} from '../../local-clouds/src/local-clouds.ts'
import { spiedServices } from '../../runner/src/job/exchange/cloud-for-tests.ts'
import type { ExchangeServices } from '../../runner/src/job/exchange/exchange.ts'
import {
  AWS_ROLE,
  AZURE,
  type Cloud,
  exchangeAt,
  GOOGLE,
} from '../../runner/src/job/exchange/exchanges-for-tests.ts'
import { accountTrusting } from './trusting-role.ts'

const AUDIENCE = 'acme'
const POOL = `projects/${GOOGLE.projectNumber}/locations/global/workloadIdentityPools/${GOOGLE.workloadPoolId}`

export interface TrustingClouds {
  readonly issuer: TestIssuer
  readonly urls: Readonly<Record<Cloud, string>>
  /** One whole exchange of the runner's, where `token` makes each token. Undefined: it was let in. */
  readonly refusal: (
    cloud: Cloud,
    token: () => Promise<string>,
    services?: Partial<ExchangeServices>,
  ) => Promise<TrustingRefusal | undefined>
  readonly close: () => Promise<void>
}

export interface TrustingRefusal {
  readonly code: string
  readonly message: string
  /** What was written into the deployment's log. */
  readonly log: string
}

export interface TrustingCloudsOptions {
  /** Of the issuer. */
  readonly now: () => Date
  /** Of the clouds, where it is another one. */
  readonly cloudNow?: () => Date
  readonly subject?: string
}

export async function startTrustingClouds(options: TrustingCloudsOptions): Promise<TrustingClouds> {
  const { now, cloudNow = now, subject = SUBJECT } = options
  const issuer = await startTestIssuer(now)
  const clouds = await startLocalClouds({
    config: configOf(issuer.url, subject),
    now: cloudNow,
    fetch: globalThis.fetch,
    randomBytes,
  })
  const { aws = '', azure = '', google = '' } = clouds.urls
  const urls = { aws, azure, google }
  return {
    issuer,
    urls,
    async refusal(cloud, token, services = {}) {
      const { services: spied, said } = spiedServices()
      const mint: ExchangeServices['mint'] = async () => ({
        kind: 'ok',
        value: {
          token: await token(),
          subject,
          audience: AUDIENCE,
          lifetimeSeconds: 300,
          expiresAt: new Date(now().getTime() + 300_000).toISOString(),
        },
      })
      const result = await exchangeAt(cloud, urls[cloud], { ...spied, mint, ...services }, issuer.url)
      return result.ok ? undefined : { ...result.failure, log: said.join('\n') }
    },
    close: async () => {
      await Promise.all([clouds.close(), issuer.close()])
    },
  }
}

function configOf(issuerUrl: string, subject: string): LocalCloudsConfig {
  const federatedCredentials = [{ name: 'shop', issuer: issuerUrl, subject, audiences: [AUDIENCE] }]
  const application = {
    clientId: AZURE.clientId,
    federatedCredentials,
    subscriptions: [AZURE.subscriptionId],
  }
  const members = [`principal://iam.googleapis.com/${POOL}/subject/${subject}`]
  const read = readLocalCloudsConfig({
    aws: {
      accounts: [
        accountTrusting(issuerUrl, {
          subjects: [subject],
          audience: AUDIENCE,
          registered: [AUDIENCE],
          roles: [AWS_ROLE],
        }),
      ],
    },
    azure: { tenants: [{ id: AZURE.tenantId, applications: [application] }] },
    google: {
      providers: [
        {
          name: `${POOL}/providers/${GOOGLE.providerId}`,
          oidc: { issuerUri: issuerUrl, allowedAudiences: [AUDIENCE] },
          attributeMapping: { 'google.subject': 'assertion.sub' },
        },
      ],
      serviceAccounts: [
        {
          email: GOOGLE.serviceAccount,
          policy: { bindings: [{ role: 'roles/iam.workloadIdentityUser', members }] },
        },
      ],
    },
  })
  if (!read.ok) throw new Error(`${read.path}: ${read.sentence}`)
  return read.config
}
