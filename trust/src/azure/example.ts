/** For the tests of this folder: one good credential, the token that fits it, and ways to break either. */
import { subjectOf } from '../subject.ts'
import type { AzureTokenClaims } from './evaluate.ts'
import type { FederatedCredential } from './federated-credential.ts'

export const claims: AzureTokenClaims = {
  iss: 'https://daypass.example.com/oidc',
  sub: subjectOf({ organization: 'acme', project: 'shop', stack: 'dev', operation: 'update' }),
  aud: 'acme',
}

export const credential: FederatedCredential = {
  name: 'shop-dev-update',
  issuer: claims.iss,
  subject: claims.sub,
  audiences: [claims.aud],
}

/** A credential broken in one way, the code that must name it, and the clause. */
export const MUTANTS: readonly (readonly [
  code: string,
  clause: string,
  change: Partial<FederatedCredential>,
])[] = [
  ['issuer_trailing_slash', 'issuer', { issuer: `${claims.iss}/` }],
  ['issuer_scheme', 'issuer', { issuer: 'http://daypass.example.com/oidc' }],
  ['issuer_port', 'issuer', { issuer: 'https://daypass.example.com:443/oidc' }],
  ['issuer_path', 'issuer', { issuer: 'https://daypass.example.com' }],
  ['issuer_case', 'issuer', { issuer: 'https://Daypass.example.com/oidc' }],
  ['issuer_discovery_suffix', 'issuer', { issuer: `${claims.iss}/.well-known/openid-configuration` }],
  ['issuer_other_issuer', 'issuer', { issuer: 'https://api.pulumi.com/oidc' }],
  ['subject_wildcard', 'subject', { subject: 'pulumi:deploy:org:acme:project:shop:*' }],
  ['subject_case', 'subject', { subject: claims.sub.replace('shop', 'Shop') }],
  ['subject_scope_missing', 'subject', { subject: claims.sub.replace(':scope:write', '') }],
  ['subject_incomplete', 'subject', { subject: 'pulumi:deploy:org:acme:project:shop:stack:dev' }],
  ['subject_operation_word', 'subject', { subject: claims.sub.replace('update', 'up') }],
  ['subject_operation_differs', 'subject', { subject: claims.sub.replace('update', 'preview') }],
  ['subject_stack_differs', 'subject', { subject: claims.sub.replace('dev', 'prod') }],
  ['subject_project_differs', 'subject', { subject: claims.sub.replace('shop', 'billing') }],
  ['subject_organization_differs', 'subject', { subject: claims.sub.replace('acme', 'other') }],
  ['subject_of_environment', 'subject', { subject: 'pulumi:environments:org:acme:env:shop/dev' }],
  ['subject_differs', 'subject', { subject: 'system:serviceaccount:shop:dev' }],
  ['audience_default', 'audience', { audiences: ['api://AzureADTokenExchange'] }],
  ['audience_case', 'audience', { audiences: ['Acme'] }],
  ['audience_esc_prefix', 'audience', { audiences: ['azure:acme'] }],
  ['audience_differs', 'audience', { audiences: ['sts.amazonaws.com'] }],
]
