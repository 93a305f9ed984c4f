/**
 * Writes the trust policy that lets in exactly the given subjects, with `StringEquals` and never a wildcard.
 *
 * `generate.test.ts` proves with the engine that it lets in these and nobody else.
 */
import {
  isSubject,
  OPERATIONS,
  type Operation,
  type Subject,
  type SubjectStack,
  subjectsOf,
} from '../subject.ts'
import { issuerKeyOf, providerArnOf } from './arn.ts'
import { ASSUME_ROLE_WITH_WEB_IDENTITY } from './policy.ts'
import { TAG_SESSION } from './session-tags.ts'

export interface AwsTrustPolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly [
    {
      readonly Sid: 'Daypass'
      readonly Effect: 'Allow'
      readonly Principal: { readonly Federated: string }
      readonly Action:
        | typeof ASSUME_ROLE_WITH_WEB_IDENTITY
        | readonly [typeof ASSUME_ROLE_WITH_WEB_IDENTITY, typeof TAG_SESSION]
      readonly Condition: { readonly StringEquals: Readonly<Record<string, string | readonly string[]>> }
    },
  ]
}

export type AwsTrustPolicyInput = {
  /** The issuer's one URL, with its scheme. */
  readonly issuerUrl: string
  /** 12 digits: the account of the role, in which the provider must stand too. */
  readonly accountId: string
  /** By default `aws`. */
  readonly partition?: string
  readonly audience: string
  /** The tokens bring session tags: then `sts:TagSession` is needed too. By default not. */
  readonly sessionTags?: boolean
} & (
  | { readonly subjects: readonly Subject[] }
  | {
      readonly stack: SubjectStack
      /** By default all six. */
      readonly operations?: readonly Operation[]
    }
)

export interface AwsGenerateRefusal {
  readonly code:
    | 'generate_no_subject'
    | 'generate_audience'
    | 'generate_issuer'
    | 'generate_account'
    | 'generate_subject'
  readonly sentence: string
}

export type AwsGenerateResult =
  | {
      readonly ok: true
      readonly policy: AwsTrustPolicyDocument
      /** The policy as text, ready to paste. */
      readonly json: string
      /** As AWS counts them, without white space: a role takes 2048 unless its quota was raised. */
      readonly characters: number
    }
  | { readonly ok: false; readonly refusal: AwsGenerateRefusal }

export function generateAwsTrustPolicy(input: AwsTrustPolicyInput): AwsGenerateResult {
  const { issuerUrl, accountId, partition = 'aws', audience } = input
  const subjects = [
    ...new Set(
      'subjects' in input ? input.subjects : subjectsOf(input.stack, input.operations ?? OPERATIONS),
    ),
  ]
  const refusal = problemOf(input, partition, subjects)
  if (refusal) return { ok: false, refusal }
  const issuer = issuerKeyOf(issuerUrl)
  const [first = '', ...others] = subjects
  const policy: AwsTrustPolicyDocument = {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Daypass',
        Effect: 'Allow',
        Principal: { Federated: providerArnOf(issuerUrl, accountId, partition) },
        Action: input.sessionTags
          ? [ASSUME_ROLE_WITH_WEB_IDENTITY, TAG_SESSION]
          : ASSUME_ROLE_WITH_WEB_IDENTITY,
        Condition: {
          StringEquals: {
            [`${issuer}:aud`]: audience,
            [`${issuer}:sub`]: others.length === 0 ? first : [first, ...others],
          },
        },
      },
    ],
  }
  const json = JSON.stringify(policy, null, 2)
  return { ok: true, policy, json, characters: json.replaceAll(/\s/g, '').length }
}

function problemOf(
  input: AwsTrustPolicyInput,
  partition: string,
  subjects: readonly string[],
): AwsGenerateRefusal | undefined {
  if (!/^[0-9]{12}$/.test(input.accountId) || !/^aws(?:-[a-z]+)*$/.test(partition)) {
    return {
      code: 'generate_account',
      sentence: 'An AWS account has 12 digits, and its partition a name such as aws.',
    }
  }
  if (!/^https?:\/\/[^\s*?$#"\\]+$/.test(input.issuerUrl)) {
    return {
      code: 'generate_issuer',
      sentence: 'The issuer must be an http or https URL without query or wildcard.',
    }
  }
  if (input.audience === '' || input.audience.length > 255 || /[*?$]|\s/.test(input.audience)) {
    return {
      code: 'generate_audience',
      sentence: 'The audience must have 1 to 255 characters, without *, ?, $ or blanks.',
    }
  }
  if (subjects.length === 0) {
    return {
      code: 'generate_no_subject',
      sentence: 'Name at least one stack and operation that may assume the role.',
    }
  }
  const bad = subjects.find((subject) => !isSubject(subject))
  return bad === undefined
    ? undefined
    : { code: 'generate_subject', sentence: `${JSON.stringify(bad)} is no subject of a deployment.` }
}
