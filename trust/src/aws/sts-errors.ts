/**
 * AWS STS's own errors in words: what each one means for a deployment and what to change.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */

import { quoted } from '../quote.ts'
import { parseRoleArn, providerArnOf } from './arn.ts'
import type { AwsExplanation } from './explanation.ts'

export interface AwsStsErrorInput {
  /** `Code` of the error's XML. */
  readonly code: string
  /** `Message` of the error's XML. */
  readonly message: string
  readonly roleArn: string
  readonly issuerUrl: string
  readonly audience: string
}

export interface AwsStsExplanation extends AwsExplanation {
  readonly retryable: boolean
}

type Told = Omit<AwsStsExplanation, 'retryable'> & { readonly retryable?: boolean }

export function explainStsError(input: AwsStsErrorInput): AwsStsExplanation {
  return { retryable: false, ...told(input) }
}

function told(input: AwsStsErrorInput): Told {
  const { code, message } = input
  switch (code.replace(/Exception$/, '')) {
    case 'InvalidIdentityToken':
      return invalidIdentityToken(input)
    case 'ExpiredToken':
      return {
        code: 'token_expired',
        clause: 'token',
        sentence: `AWS found the token expired (${quoted(message)}). A token is good for five minutes and made anew for each attempt.`,
        mend: "Set the clocks right: compare the server's with a time server's.",
        retryable: true,
      }
    case 'IDPCommunicationError':
      return {
        code: 'issuer_unreachable',
        clause: 'provider',
        sentence: `AWS could not reach the issuer ${input.issuerUrl}.`,
        mend: `Make ${discoveryUrl(input.issuerUrl)} answer from the internet within 5 seconds, with a publicly trusted certificate.`,
        retryable: true,
      }
    case 'IDPRejectedClaim':
      return {
        code: 'token_rejected',
        clause: 'token',
        sentence: `AWS rejected a claim of the token: ${quoted(message)}.`,
        mend: 'Check that the issuer URL of the provider and of the server are the same, to the letter.',
      }
    case 'ValidationError':
    case 'Validation':
      return validationError(input)
    case 'MalformedPolicyDocument':
      return {
        code: 'session_policy_malformed',
        clause: 'request',
        sentence: `AWS could not read a session policy: ${quoted(message)}.`,
        mend: 'Correct the policy ARNs in the OIDC settings of the stack.',
      }
    case 'PackedPolicyTooLarge':
      return {
        code: 'session_policies_too_large',
        clause: 'request',
        sentence: `The session policies are too large for AWS: ${quoted(message)}.`,
        mend: 'Name fewer policy ARNs in the OIDC settings of the stack.',
      }
    case 'RegionDisabled':
      return {
        code: 'region_disabled',
        clause: 'sts',
        sentence: `AWS STS is switched off in this region for the account: ${quoted(message)}.`,
        mend: 'Activate STS for the region under IAM, Account settings, or use another STS endpoint.',
      }
    case 'Throttling':
    case 'RequestLimitExceeded':
    case 'TooManyRequests':
      return {
        code: 'throttled',
        clause: 'sts',
        sentence: 'AWS STS asks for fewer requests.',
        mend: 'Wait a little; the exchange is tried again by itself.',
        retryable: true,
      }
    case 'InternalFailure':
    case 'InternalError':
    case 'ServiceUnavailable':
      return {
        code: 'sts_unavailable',
        clause: 'sts',
        sentence: `AWS STS is out of order: ${quoted(message)}.`,
        mend: 'Wait a little; the exchange is tried again by itself.',
        retryable: true,
      }
    case 'AccessDenied':
      return {
        code: 'not_authorized',
        clause: 'policy',
        sentence: `AWS did not let the token assume ${input.roleArn}, and does not say why.`,
        mend: "Check the role's trust policy.",
      }
    default:
      return {
        code: 'sts_unknown',
        clause: 'sts',
        sentence: `AWS STS answered ${quoted(code)}: ${quoted(message)}.`,
        mend: 'Look the code up in the API reference of AWS STS.',
      }
  }
}

function invalidIdentityToken({ message, roleArn, issuerUrl, audience }: AwsStsErrorInput): Told {
  const role = parseRoleArn(roleArn)
  const arn = providerArnOf(issuerUrl, role?.accountId ?? '<account>', role?.partition)
  if (/No OpenIDConnect provider found/i.test(message)) {
    return {
      code: 'provider_missing',
      clause: 'provider',
      sentence: `Account ${role?.accountId ?? 'of the role'} has no OIDC provider for ${issuerUrl}; one in another account does not help.`,
      mend: `Run in that account: aws iam create-open-id-connect-provider --url ${issuerUrl} --client-id-list ${audience}`,
    }
  }
  if (/audience/i.test(message)) {
    return {
      code: 'audience_not_registered',
      clause: 'provider',
      sentence: `The OIDC provider ${arn} does not have the audience ${quoted(audience)}, in this case.`,
      mend: `Run: aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${arn} --client-id ${audience}`,
    }
  }
  if (/verification key/i.test(message)) {
    return {
      code: 'issuer_keys_unusable',
      clause: 'provider',
      sentence: `AWS could not get the key that signed the token from ${issuerUrl}.`,
      mend: `Make ${discoveryUrl(issuerUrl)} and the key set it names answer from the internet within 5 seconds. If keys were rotated just now, wait until the former list has expired.`,
      retryable: true,
    }
  }
  if (/not (?:yet valid|valid yet)|in the future/i.test(message)) {
    return {
      code: 'token_not_valid_yet',
      clause: 'token',
      sentence: `AWS found the token not valid yet (${quoted(message)}), though it is dated back by a minute.`,
      mend: "Set the clocks right: compare the server's with a time server's.",
    }
  }
  if (/thumbprint|certificate/i.test(message)) {
    return {
      code: 'issuer_certificate',
      clause: 'provider',
      sentence: `AWS does not trust the certificate of ${issuerUrl}: ${quoted(message)}.`,
      mend: 'Serve the issuer with a publicly trusted certificate.',
    }
  }
  return {
    code: 'token_invalid',
    clause: 'token',
    sentence: `AWS did not accept the token: ${quoted(message)}.`,
    mend: `Check that ${issuerUrl} serves the keys of this very server.`,
  }
}

function validationError({ message, roleArn }: AwsStsErrorInput): Told {
  if (/MaxSessionDuration/i.test(message)) {
    return {
      code: 'duration_over_role_maximum',
      clause: 'role',
      sentence: `The session duration in the stack's settings is longer than ${roleArn} allows.`,
      mend: `Shorten it, or raise the role's: aws iam update-role --role-name ${parseRoleArn(roleArn)?.name ?? '<role>'} --max-session-duration <seconds>`,
    }
  }
  if (/roleSessionName/i.test(message)) {
    return {
      code: 'session_name_invalid',
      clause: 'request',
      sentence: `AWS does not take the session name: ${quoted(message)}.`,
      mend: 'Write 2 to 64 letters, digits or _+=,.@- in the OIDC settings of the stack.',
    }
  }
  if (/durationSeconds/i.test(message)) {
    return {
      code: 'duration_out_of_range',
      clause: 'request',
      sentence: `AWS does not take the session duration: ${quoted(message)}.`,
      mend: 'Choose one from 15m0s to 12h0m0s in the OIDC settings of the stack.',
    }
  }
  if (/roleArn|Request ARN|is invalid/i.test(message)) {
    return {
      code: 'role_arn_malformed',
      clause: 'role',
      sentence: `AWS does not take ${quoted(roleArn)} for the ARN of a role: ${quoted(message)}.`,
      mend: 'Write it as arn:aws:iam::<12-digit account>:role/<name> in the OIDC settings of the stack.',
    }
  }
  return {
    code: 'request_invalid',
    clause: 'request',
    sentence: `AWS did not take the request: ${quoted(message)}.`,
    mend: 'Check role, session name, duration and policy ARNs in the OIDC settings of the stack.',
  }
}

function discoveryUrl(issuerUrl: string): string {
  return `${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`
}
