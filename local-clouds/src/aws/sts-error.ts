/**
 * AWS STS's errors: code, HTTP status and wording as AWS gives them.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
import type { AwsExplanation } from '@daypass/trust/aws/explanation.ts'

export interface StsError {
  readonly kind: 'sts-error'
  readonly code: StsErrorCode
  readonly message: string
  /** Why, in the trust engine's words. AWS never says it; this cloud does, in a header of its own. */
  readonly explanation: AwsExplanation | undefined
}

const STATUS = {
  AccessDenied: 403,
  ExpiredToken: 403,
  ExpiredTokenException: 400,
  IDPCommunicationError: 400,
  IncompleteSignature: 400,
  InternalFailure: 500,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  InvalidIdentityToken: 400,
  InvalidParameterCombination: 400,
  MalformedInput: 400,
  MalformedPolicyDocument: 400,
  MissingAuthenticationToken: 403,
  PackedPolicyTooLarge: 400,
  RequestEntityTooLarge: 413,
  SignatureDoesNotMatch: 403,
  ValidationError: 400,
} as const

export type StsErrorCode = keyof typeof STATUS

export function stsError(code: StsErrorCode, message: string, explanation?: AwsExplanation): StsError {
  return { kind: 'sts-error', code, message, explanation }
}

export function isStsError(value: unknown): value is StsError {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'sts-error'
}

export function statusOf(error: StsError): number {
  return STATUS[error.code]
}

/** AWS counts its own faults as the receiver's. */
export function faultOf(error: StsError): 'Sender' | 'Receiver' {
  return STATUS[error.code] >= 500 ? 'Receiver' : 'Sender'
}
