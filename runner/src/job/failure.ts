/**
 * Why a deployment failed: a stable word for scripts, and a sentence for the person whose deployment it was.
 */

export const FAILURE_CODES = [
  'source_address_refused',
  'source_repository_not_found',
  'git_host_away',
  'git_host_refused',
  'source_branch_not_found',
  'source_commit_not_found',
  'source_auth_failed',
  'source_timeout',
  'source_failed',
  'source_folder_invalid',
  'source_no_program',
  'stack_config_refused',
  'dependency_tool_missing',
  'dependencies_failed',
  'pre_run_failed',
  'program_failed',
  'identity_refused',
  'aws_refused',
  'aws_unreachable',
  'aws_session_name_invalid',
  'azure_refused',
  'azure_unreachable',
  'google_refused',
  'google_unreachable',
  'secrets_too_large',
  'executor_image_not_supported',
  'executor_image_unavailable',
  'sandbox_failed',
  'cancelled',
  'timeout',
  'runner_stopped',
  'lease_lost',
] as const

export type FailureCode = (typeof FAILURE_CODES)[number]

export interface Failure {
  readonly code: FailureCode
  /** Says what to do. */
  readonly message: string
}

export function failure(code: FailureCode, message: string): Failure {
  return { code, message }
}
