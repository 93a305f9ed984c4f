/** Whom the demo's clouds trust: one operation of one stack, and nothing else. What `daypass trust generate` prints for a real issuer. */
import { generateAwsTrustPolicy } from '@daypass/trust/aws/generate.ts'
import { type SubjectIdentity, subjectOf } from '@daypass/trust/subject.ts'

export const ACCOUNT = '123456789012'
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/shop-dev`
export const TENANT = '7d0e3a52-6f0c-4a3b-9a67-1f1f0a5c2b11'
export const CLIENT = 'c1b7f6de-2f35-4f0e-8a0e-52f1b7c9d022'
export const SUBSCRIPTION = '5a9d4c3e-81b2-4c55-b0de-0c7e6f3a9d33'
export const PROJECT_NUMBER = '123456789012'
export const POOL = 'daypass'
export const PROVIDER = 'issuer'
export const SERVICE_ACCOUNT = 'shop-dev@acme-dev.iam.gserviceaccount.com'

export interface Trusted {
  readonly issuerUrl: string
  readonly audience: string
  readonly identity: SubjectIdentity
}

/** The configuration of the local clouds. */
export function cloudsTrusting({ issuerUrl, audience, identity }: Trusted): object {
  const subject = subjectOf(identity)
  const policy = generateAwsTrustPolicy({ issuerUrl, accountId: ACCOUNT, audience, subjects: [subject] })
  if (!policy.ok) throw new Error(policy.refusal.sentence)
  const pool = `projects/${PROJECT_NUMBER}/locations/global/workloadIdentityPools/${POOL}`
  const member = `principal://iam.googleapis.com/${pool}/subject/${subject}`
  return {
    aws: {
      accounts: [
        {
          id: ACCOUNT,
          oidcProviders: [{ url: issuerUrl, audiences: [audience] }],
          roles: [{ arn: ROLE, trustPolicy: policy.policy }],
        },
      ],
    },
    azure: {
      tenants: [
        {
          id: TENANT,
          applications: [
            {
              clientId: CLIENT,
              federatedCredentials: [
                { name: 'shop-dev-update', issuer: issuerUrl, subject, audiences: [audience] },
              ],
              subscriptions: [SUBSCRIPTION],
            },
          ],
        },
      ],
    },
    google: {
      providers: [
        {
          name: `${pool}/providers/${PROVIDER}`,
          oidc: { issuerUri: issuerUrl, allowedAudiences: [audience] },
          attributeMapping: { 'google.subject': 'assertion.sub' },
        },
      ],
      serviceAccounts: [
        {
          email: SERVICE_ACCOUNT,
          policy: { bindings: [{ role: 'roles/iam.workloadIdentityUser', members: [member] }] },
        },
      ],
    },
  }
}

/** The stack's `oidc` block. */
export const OIDC = {
  aws: { roleArn: ROLE, sessionName: '${project.name}-${stack.name}-${deployment.version}' },
  azure: { clientId: CLIENT, tenantId: TENANT, subscriptionId: SUBSCRIPTION },
  gcp: {
    projectId: PROJECT_NUMBER,
    workloadPoolId: POOL,
    providerId: PROVIDER,
    serviceAccount: SERVICE_ACCOUNT,
  },
}
