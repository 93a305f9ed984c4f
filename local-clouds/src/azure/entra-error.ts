/**
 * Entra's errors: number, HTTP status and wording as Entra gives them.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
import type { AzureExplanation } from '@daypass/trust/azure/explanation.ts'

export interface EntraRefused {
  readonly kind: 'entra-error'
  readonly number: EntraNumber
  readonly message: string
  /** Why, in the trust engine's words. Entra never says it; this cloud does, in a header of its own. */
  readonly explanation: AzureExplanation | undefined
}

const ERRORS = {
  50027: ['invalid_request', 400],
  70003: ['unsupported_grant_type', 400],
  70011: ['invalid_scope', 400],
  90002: ['invalid_request', 400],
  900144: ['invalid_request', 400],
  501661: ['invalid_request', 400],
  700016: ['unauthorized_client', 400],
  700024: ['invalid_client', 401],
  700027: ['invalid_client', 401],
  700211: ['invalid_client', 401],
  700212: ['invalid_client', 401],
  700213: ['invalid_client', 401],
} as const

export type EntraNumber = keyof typeof ERRORS

export function entraError(
  number: EntraNumber,
  message: string,
  explanation?: AzureExplanation,
): EntraRefused {
  return { kind: 'entra-error', number, message, explanation }
}

export function isEntraError(value: unknown): value is EntraRefused {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'entra-error'
}

/** @param at When, and by which random id it would be found in Entra's own log. */
export function entraErrorBody(
  { number, message }: EntraRefused,
  at: { readonly now: Date; readonly traceId: string },
) {
  const timestamp = `${at.now.toISOString().slice(0, 19).replace('T', ' ')}Z`
  const description = `AADSTS${number}: ${message} Trace ID: ${at.traceId} Correlation ID: ${at.traceId} Timestamp: ${timestamp}`
  return {
    error: ERRORS[number][0],
    error_description: description,
    error_codes: [number],
    timestamp,
    trace_id: at.traceId,
    correlation_id: at.traceId,
    error_uri: `https://login.microsoftonline.com/error?code=${number}`,
  }
}

export function entraStatus({ number }: EntraRefused): number {
  return ERRORS[number][1]
}
