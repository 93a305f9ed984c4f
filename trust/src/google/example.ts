/** For the tests of this folder: a good provider and service account, the token that fits, and ways to break them. */
import { subjectOf } from '../subject.ts'
import type { GoogleTokenClaims } from './evaluate.ts'
import { type GoogleTrust, readGoogleTrust } from './workload-provider.ts'

export const claims: GoogleTokenClaims = {
  iss: 'https://daypass.example.com/oidc',
  sub: subjectOf({ organization: 'acme', project: 'shop', stack: 'dev', operation: 'update' }),
  aud: 'acme',
  stackId: 'acme/shop/dev',
  org: 'acme',
  project: 'shop',
  stack: 'dev',
  operation: 'update',
  deployment: '7',
  scope: 'write',
}

export const POOL = 'iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/daypass'
export const subjectMember = (subject: string): string => `principal://${POOL}/subject/${subject}`

interface Change {
  readonly provider?: Readonly<Record<string, unknown>>
  readonly oidc?: Readonly<Record<string, unknown>>
  readonly members?: readonly string[]
  readonly bindings?: readonly object[]
}

export function written({ provider, oidc, members = [subjectMember(claims.sub)], bindings }: Change = {}) {
  return {
    provider: {
      name: 'projects/123456/locations/global/workloadIdentityPools/daypass/providers/issuer',
      state: 'ACTIVE',
      oidc: { issuerUri: claims.iss, allowedAudiences: ['acme'], ...oidc },
      attributeMapping: { 'google.subject': 'assertion.sub', 'attribute.project': 'assertion.project' },
      ...provider,
    },
    serviceAccount: {
      email: 'shop@acme-prod.iam.gserviceaccount.com',
      policy: { bindings: bindings ?? [{ role: 'roles/iam.workloadIdentityUser', members }] },
    },
  }
}

export function trustOf(change?: Change): GoogleTrust {
  const read = readGoogleTrust(written(change))
  if (!read.ok) throw new Error(`${read.refusal.path}: ${read.refusal.sentence}`)
  return read.trust
}

/** Broken in one way, and the code that must name it. */
export const MUTANTS: readonly (readonly [code: string, clause: string, change: Change])[] = [
  ['provider_disabled', 'provider', { provider: { disabled: true } }],
  ['issuer_trailing_slash', 'issuer', { oidc: { issuerUri: `${claims.iss}/` } }],
  ['issuer_path', 'issuer', { oidc: { issuerUri: 'https://daypass.example.com' } }],
  ['issuer_other_issuer', 'issuer', { oidc: { issuerUri: 'https://api.pulumi.com/oidc' } }],
  ['audience_case', 'audience', { oidc: { allowedAudiences: ['Acme'] } }],
  ['audience_differs', 'audience', { oidc: { allowedAudiences: ['gcp:acme'] } }],
  ['audience_provider_name', 'audience', { oidc: { allowedAudiences: [] } }],
  [
    'mapping_fails',
    'mapping',
    { provider: { attributeMapping: { 'google.subject': 'assertion.repository' } } },
  ],
  ['mapping_fails', 'mapping', { provider: { attributeMapping: { 'google.subject': 'assertion.sub ==' } } }],
  [
    'mapping_fails',
    'mapping',
    { provider: { attributeMapping: { 'google.subject': 'assertion.sub == "x"' } } },
  ],
  [
    'subject_too_long',
    'mapping',
    { provider: { attributeMapping: { 'google.subject': 'assertion.sub + assertion.sub' } } },
  ],
  ['subject_too_long', 'mapping', { provider: { attributeMapping: { 'google.subject': '""' } } }],
  ['condition_false', 'condition', { provider: { attributeCondition: 'assertion.stack == "prod"' } }],
  ['condition_fails', 'condition', { provider: { attributeCondition: 'attribute.repository == "x"' } }],
  ['condition_fails', 'condition', { provider: { attributeCondition: 'assertion.stack' } }],
  ['binding_none', 'binding', { members: [] }],
  ['binding_none', 'binding', { members: ['user:alice@example.com'] }],
  ['binding_none', 'binding', { bindings: [{ role: 'roles/viewer', members: [subjectMember(claims.sub)] }] }],
  ['binding_project_id', 'binding', { members: [subjectMember(claims.sub).replace('123456', 'acme-prod')] }],
  [
    'binding_other_pool',
    'binding',
    { members: [subjectMember(claims.sub).replace('Pools/daypass', 'Pools/github')] },
  ],
  ['binding_wildcard', 'binding', { members: [subjectMember('pulumi:deploy:org:acme:*')] }],
  ['binding_subject_case', 'binding', { members: [subjectMember(claims.sub.replace('shop', 'Shop'))] }],
  [
    'binding_subject_scope_missing',
    'binding',
    { members: [subjectMember(claims.sub.replace(':scope:write', ''))] },
  ],
  [
    'binding_subject_operation_word',
    'binding',
    { members: [subjectMember(claims.sub.replace('update', 'up'))] },
  ],
  [
    'binding_subject_operation_differs',
    'binding',
    { members: [subjectMember(claims.sub.replace('update', 'preview'))] },
  ],
  [
    'binding_subject_stack_differs',
    'binding',
    { members: [subjectMember(claims.sub.replace('dev', 'prod'))] },
  ],
  [
    'binding_subject_project_differs',
    'binding',
    { members: [subjectMember(claims.sub.replace('shop', 'billing'))] },
  ],
  [
    'binding_subject_organization_differs',
    'binding',
    { members: [subjectMember(claims.sub.replace('acme', 'other'))] },
  ],
  ['binding_attribute_not_mapped', 'binding', { members: [`principalSet://${POOL}/attribute.stack/dev`] }],
  ['binding_attribute_differs', 'binding', { members: [`principalSet://${POOL}/attribute.project/billing`] }],
]
