/**
 * What a person is told when Google Cloud let a deployment's token down: a stable code, what is wrong, what to change.
 *
 * Owns the closed list of codes.
 */
import { ISSUER_DIFFERENCES, type IssuerDifference } from '../issuer-difference.ts'

const PLAIN_CODES = [
  'provider_disabled',
  'provider_missing',
  'project_id_instead_of_number',
  'audience_case',
  'audience_provider_name',
  'audience_differs',
  'mapping_fails',
  'subject_too_long',
  'condition_false',
  'condition_fails',
  'claim_of_the_run',
  'binding_none',
  'binding_project_id',
  'binding_other_pool',
  'binding_wildcard',
  'binding_subject_scope_missing',
  'binding_subject_incomplete',
  'binding_subject_case',
  'binding_subject_operation_word',
  'binding_subject_operation_differs',
  'binding_subject_organization_differs',
  'binding_subject_project_differs',
  'binding_subject_stack_differs',
  'binding_subject_differs',
  'binding_attribute_not_mapped',
  'binding_attribute_differs',
  // what only Google can know
  'impersonation_refused',
  'service_account_missing',
  'token_expired',
  'token_key_unknown',
  'token_invalid',
  'issuer_unreachable',
  'lifetime_too_long',
  'api_disabled',
  'throttled',
  'google_unavailable',
  'google_unknown',
] as const

export type GoogleExplanationCode = (typeof PLAIN_CODES)[number] | `issuer_${IssuerDifference}`

export const GOOGLE_EXPLANATION_CODES: readonly GoogleExplanationCode[] = [
  ...PLAIN_CODES,
  ...ISSUER_DIFFERENCES.map((difference) => `issuer_${difference}` as const),
]

/** Which part of the arrangement is at fault. */
export const GOOGLE_EXPLANATION_CLAUSES = [
  'provider',
  'issuer',
  'audience',
  'mapping',
  'condition',
  'binding',
  'service_account',
  'token',
  'request',
  'google',
] as const

/** What a local cloud may say of it. */
export const GOOGLE_EXPLANATIONS = { codes: GOOGLE_EXPLANATION_CODES, clauses: GOOGLE_EXPLANATION_CLAUSES }

export interface GoogleExplanation {
  readonly code: GoogleExplanationCode
  readonly clause: (typeof GOOGLE_EXPLANATION_CLAUSES)[number]
  /** What is wrong. */
  readonly sentence: string
  /** What to change, with the command where there is one. */
  readonly mend: string
}
