/**
 * What a person is told when AWS let a deployment's token down: a stable code, what is wrong, what to change.
 *
 * Owns the closed list of codes.
 */
import { ISSUER_DIFFERENCES, type IssuerDifference } from '../issuer-difference.ts'

const ISSUER_PLACES = ['provider_arn', 'provider_url', 'condition_key'] as const

const PLAIN_CODES = [
  // the provider
  'provider_other_account',
  'provider_other_partition',
  'audience_case_provider',
  'audience_not_registered',
  // who and what a statement speaks of
  'principal_not_federated',
  'action_assume_role',
  'action_differs',
  'action_tag_session_missing',
  'explicit_deny',
  'chain_not_trusted',
  'chain_not_permitted',
  'chain_condition',
  'policy_allows_nobody',
  'policy_malformed',
  // conditions
  'condition_key_claim_unknown',
  'condition_key_absent',
  'condition_key_of_request',
  'condition_excludes',
  'condition_value_differs',
  'condition_operator_unsupported',
  'condition_needs_set_operator',
  'condition_variable_without_value',
  'condition_not_comparable',
  'audience_case_policy',
  'audience_esc_prefix',
  'audience_differs',
  'subject_wildcard_in_equals',
  'subject_of_environment',
  'subject_scope_missing',
  'subject_incomplete',
  'subject_case',
  'subject_operation_word',
  'subject_operation_differs',
  'subject_organization_differs',
  'subject_project_differs',
  'subject_stack_differs',
  'subject_differs',
  // what only AWS can know
  'role_missing',
  'not_authorized',
  'provider_missing',
  'issuer_keys_unusable',
  'issuer_unreachable',
  'issuer_certificate',
  'token_invalid',
  'token_expired',
  'token_not_valid_yet',
  'token_rejected',
  'role_arn_malformed',
  'session_name_invalid',
  'duration_out_of_range',
  'duration_over_role_maximum',
  'session_policy_malformed',
  'session_policies_too_large',
  'region_disabled',
  'throttled',
  'request_invalid',
  'sts_unavailable',
  'sts_unknown',
] as const

export type AwsIssuerMistake = `${(typeof ISSUER_PLACES)[number]}_${IssuerDifference}`
export type AwsExplanationCode = (typeof PLAIN_CODES)[number] | AwsIssuerMistake

export const AWS_EXPLANATION_CODES: readonly AwsExplanationCode[] = [
  ...PLAIN_CODES,
  ...ISSUER_PLACES.flatMap((place) =>
    ISSUER_DIFFERENCES.map((difference) => `${place}_${difference}` as const),
  ),
]

/** Which part of the arrangement is at fault. */
export const AWS_EXPLANATION_CLAUSES = [
  'provider',
  'principal',
  'action',
  'condition',
  'deny',
  'policy',
  'role',
  'token',
  'request',
  'sts',
] as const

/** What a local cloud may say of AWS. */
export const AWS_EXPLANATIONS = { codes: AWS_EXPLANATION_CODES, clauses: AWS_EXPLANATION_CLAUSES }

export type AwsExplanationClause = (typeof AWS_EXPLANATION_CLAUSES)[number]

export interface AwsExplanation {
  readonly code: AwsExplanationCode
  readonly clause: AwsExplanationClause
  /** What is wrong. */
  readonly sentence: string
  /** What to change, with the exact line to write where there is one. */
  readonly mend: string
}
