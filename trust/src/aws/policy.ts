/**
 * An AWS role trust policy as the engine understands it: what `parse.ts` makes and `evaluate.ts` decides by.
 *
 * Owns the types and the closed list of condition operators. Holds nothing that AWS would refuse to save, and
 * nothing whose meaning the engine does not know.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */

export interface AwsTrustPolicy {
  /** Policy variables are replaced under `2012-10-17` only; without a version AWS takes `2008-10-17`. */
  readonly version: '2008-10-17' | '2012-10-17'
  readonly statements: readonly AwsTrustStatement[]
}

export interface AwsTrustStatement {
  /** Its place in the document, from 0. */
  readonly index: number
  readonly sid: string | undefined
  readonly effect: 'Allow' | 'Deny'
  readonly principals: readonly AwsPrincipal[]
  /** Patterns, with `*` and `?`. `except` when they came from `NotAction`. */
  readonly actions: { readonly patterns: readonly string[]; readonly except: boolean }
  readonly conditions: readonly AwsCondition[]
}

export type AwsPrincipal =
  | { readonly kind: 'everyone'; readonly text: string }
  | { readonly kind: 'oidc-provider'; readonly text: string }
  /** A SAML provider or one of AWS's built-in web identities such as `accounts.google.com`. */
  | { readonly kind: 'other-federation'; readonly text: string }
  | { readonly kind: 'account'; readonly text: string }
  | { readonly kind: 'service'; readonly text: string }
  | { readonly kind: 'canonical-user'; readonly text: string }

export interface AwsCondition {
  /** As written, for explanations: `ForAllValues:StringLikeIfExists`. */
  readonly written: string
  readonly operator: AwsOperator
  readonly set: 'ForAllValues' | 'ForAnyValue' | undefined
  readonly ifExists: boolean
  /** As written; compared without regard to case. */
  readonly key: string
  readonly values: readonly string[]
}

export type AwsOperatorFamily = 'string' | 'numeric' | 'date' | 'bool' | 'arn' | 'ip' | 'null' | 'unsupported'

export interface AwsOperatorTraits {
  readonly family: AwsOperatorFamily
  /** `…Not…`: matches when no value does, and when the key is absent. */
  readonly negated: boolean
}

/** Every operator that AWS knows. Those of family `unsupported` are valid, and always decided against the caller. */
export const AWS_OPERATORS = {
  StringEquals: { family: 'string', negated: false },
  StringNotEquals: { family: 'string', negated: true },
  StringEqualsIgnoreCase: { family: 'string', negated: false },
  StringNotEqualsIgnoreCase: { family: 'string', negated: true },
  StringLike: { family: 'string', negated: false },
  StringNotLike: { family: 'string', negated: true },
  NumericEquals: { family: 'numeric', negated: false },
  NumericNotEquals: { family: 'numeric', negated: true },
  NumericLessThan: { family: 'numeric', negated: false },
  NumericLessThanEquals: { family: 'numeric', negated: false },
  NumericGreaterThan: { family: 'numeric', negated: false },
  NumericGreaterThanEquals: { family: 'numeric', negated: false },
  DateEquals: { family: 'date', negated: false },
  DateNotEquals: { family: 'date', negated: true },
  DateLessThan: { family: 'date', negated: false },
  DateLessThanEquals: { family: 'date', negated: false },
  DateGreaterThan: { family: 'date', negated: false },
  DateGreaterThanEquals: { family: 'date', negated: false },
  Bool: { family: 'bool', negated: false },
  ArnEquals: { family: 'arn', negated: false },
  ArnLike: { family: 'arn', negated: false },
  ArnNotEquals: { family: 'arn', negated: true },
  ArnNotLike: { family: 'arn', negated: true },
  Null: { family: 'null', negated: false },
  BinaryEquals: { family: 'unsupported', negated: false },
  IpAddress: { family: 'ip', negated: false },
  NotIpAddress: { family: 'ip', negated: true },
} as const satisfies Readonly<Record<string, AwsOperatorTraits>>

export type AwsOperator = keyof typeof AWS_OPERATORS

export const ASSUME_ROLE_WITH_WEB_IDENTITY = 'sts:AssumeRoleWithWebIdentity'

/** How a statement is called in a sentence: by its Sid, or by its place counted from 1. */
export function nameOfStatement(statement: {
  readonly sid?: string | undefined
  readonly index: number
}): string {
  return statement.sid ? `statement "${statement.sid}"` : `statement ${statement.index + 1}`
}
