/** One role, one provider and one token, which the tests of this folder share. */
import type { AwsContextValue, AwsTokenClaims } from './context.ts'
import { type AwsTrustDecision, type AwsTrustRefusal, evaluateAwsTrust } from './evaluate.ts'
import { parseAwsTrustPolicy } from './parse.ts'

export const issuerUrl = 'https://daypass.example.com/oidc'
export const key = 'daypass.example.com/oidc'
export const arn = `arn:aws:iam::123456789012:oidc-provider/${key}`
export const sub = 'pulumi:deploy:org:acme:project:web:stack:dev:operation:update:scope:write'
export const claims: AwsTokenClaims = { iss: issuerUrl, sub, aud: 'acme' }
export const allow = {
  Effect: 'Allow',
  Principal: { Federated: arn },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { [`${key}:aud`]: 'acme', [`${key}:sub`]: sub } },
}

export interface ExampleRequest {
  readonly claims?: Partial<AwsTokenClaims>
  readonly audiences?: readonly string[]
  readonly keys?: Readonly<Record<string, AwsContextValue>>
  readonly version?: string
  readonly action?: string
}

export function decide(statements: readonly object[], request: ExampleRequest = {}): AwsTrustDecision {
  const parsed = parseAwsTrustPolicy({ Version: request.version ?? '2012-10-17', Statement: statements })
  if (!parsed.ok) throw new Error(parsed.refusal.sentence)
  return evaluateAwsTrust({
    policy: parsed.policy,
    provider: { arn, issuerUrl, audiences: request.audiences ?? ['acme'] },
    claims: { ...claims, ...request.claims },
    ...(request.keys && { requestKeys: request.keys }),
    ...(request.action && { action: request.action }),
  })
}

export function refusalsOf(decision: AwsTrustDecision): readonly AwsTrustRefusal[] {
  return decision.allowed ? [] : decision.refusals
}

/** Whether an `Allow` whose one condition is this lets the token in. */
export function holds(condition: object, request: ExampleRequest = {}): boolean {
  return decide([{ ...allow, Condition: condition }], request).allowed
}

/** Whether a `Deny` whose one condition is this keeps the token out. */
export function denies(condition: object, request: ExampleRequest = {}): boolean {
  return !decide([allow, { ...allow, Effect: 'Deny', Condition: condition }], request).allowed
}
