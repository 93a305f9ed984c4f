/**
 * What a person is told when Entra let a deployment's token down: a stable code, what is wrong, what to change.
 *
 * Owns the closed list of codes.
 */
import { ISSUER_DIFFERENCES, type IssuerDifference } from '../issuer-difference.ts'

const PLAIN_CODES = [
  'no_credentials',
  'subject_of_environment',
  'subject_wildcard',
  'subject_scope_missing',
  'subject_incomplete',
  'subject_case',
  'subject_operation_word',
  'subject_operation_differs',
  'subject_organization_differs',
  'subject_project_differs',
  'subject_stack_differs',
  'subject_differs',
  'audience_case',
  'audience_default',
  'audience_esc_prefix',
  'audience_differs',
  // what only Entra can know
  'credential_missing',
  'application_missing',
  'application_not_in_tenant',
  'tenant_missing',
  'token_expired',
  'token_key_unknown',
  'token_invalid',
  'issuer_unreachable',
  'conditional_access',
  'scope_unknown',
  'throttled',
  'entra_unavailable',
  'entra_unknown',
] as const

export type AzureExplanationCode = (typeof PLAIN_CODES)[number] | `issuer_${IssuerDifference}`

export const AZURE_EXPLANATION_CODES: readonly AzureExplanationCode[] = [
  ...PLAIN_CODES,
  ...ISSUER_DIFFERENCES.map((difference) => `issuer_${difference}` as const),
]

/** Which part of the arrangement is at fault. */
export const AZURE_EXPLANATION_CLAUSES = [
  'issuer',
  'subject',
  'audience',
  'credential',
  'application',
  'tenant',
  'token',
  'request',
  'entra',
] as const

/** What a local cloud may say of it. */
export const AZURE_EXPLANATIONS = { codes: AZURE_EXPLANATION_CODES, clauses: AZURE_EXPLANATION_CLAUSES }

export interface AzureExplanation {
  readonly code: AzureExplanationCode
  readonly clause: (typeof AZURE_EXPLANATION_CLAUSES)[number]
  /** What is wrong. */
  readonly sentence: string
  /** What to change, with the command where there is one. */
  readonly mend: string
}
