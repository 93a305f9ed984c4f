import { expect, test } from 'vitest'
import { readExplanationHeader, writeExplanationHeader } from '../explanation-header.ts'
import { adviseWithoutPolicy, issuerProblems } from './advise.ts'
import { AWS_EXPLANATIONS } from './explanation.ts'
import { parseAwsTrustPolicy } from './parse.ts'
import { explainStsError } from './sts-errors.ts'

const input = {
  issuerUrl: 'https://daypass.example.com/oidc',
  subject: 'pulumi:deploy:org:acme:project:web:stack:dev:operation:update:scope:write',
  audience: 'acme',
  roleArn: 'arn:aws-us-gov:iam::123456789012:role/team/deploy',
}

test('the provider must stand in the account and partition of the role', () => {
  const arn = 'arn:aws-us-gov:iam::123456789012:oidc-provider/daypass.example.com/oidc'
  const advice = adviseWithoutPolicy(input)
  expect(advice.provider).toEqual({ arn, issuerUrl: input.issuerUrl, audiences: ['acme'] })
  const parsed = parseAwsTrustPolicy(advice.trustPolicy)
  expect(parsed.ok && parsed.policy.statements[0]?.principals).toEqual([{ kind: 'oidc-provider', text: arn }])
})

test('a role without an account is not advised on', () => {
  const advice = adviseWithoutPolicy({ ...input, roleArn: 'deploy' })
  expect(advice).toMatchObject({
    code: 'role_arn_malformed',
    checks: [],
    trustPolicy: undefined,
    provider: undefined,
  })
})

test('for a subject that is not ours there is no policy to paste', () => {
  expect(adviseWithoutPolicy({ ...input, subject: 'pulumi:*' }).trustPolicy).toBeUndefined()
})

test.each([
  ['https://daypass.example.com/oidc', 0],
  ['https://daypass.example.com', 0],
  ['http://daypass.example.com/oidc', 1],
  ['https://daypass.example.com:8443/oidc', 1],
  ['https://daypass.example.com:443/oidc', 1],
  ['https://daypass.example.com/oidc/', 1],
  ['https://daypass.example.com/oidc?x=1', 1],
  ['http://127.0.0.1:4300/oidc', 3],
  ['daypass', 1],
])('against %s AWS has %i objections', (issuerUrl, count) => {
  expect(issuerProblems(issuerUrl)).toHaveLength(count)
})

test('a local issuer’s objections stand among the checks', () => {
  const { checks } = adviseWithoutPolicy({ ...input, issuerUrl: 'http://127.0.0.1:4300/oidc' })
  expect(checks.join('\n')).toContain('on loopback')
})

const DURATION = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'
test.each([
  [
    'InvalidIdentityToken',
    'No OpenIDConnect provider found in your account for https://x',
    'provider_missing',
    false,
  ],
  ['InvalidIdentityToken', 'Incorrect token audience', 'audience_not_registered', false],
  [
    'InvalidIdentityToken',
    "Couldn't retrieve verification key from your identity provider",
    'issuer_keys_unusable',
    true,
  ],
  [
    'InvalidIdentityToken',
    "provider's HTTPS certificate doesn't match configured thumbprint",
    'issuer_certificate',
    false,
  ],
  ['InvalidIdentityToken', 'The ID Token provided is not a valid JWT', 'token_invalid', false],
  ['ExpiredTokenException', 'Token expired: current date/time 2 must be before …', 'token_expired', true],
  ['IDPCommunicationError', 'x', 'issuer_unreachable', true],
  ['IDPRejectedClaim', 'x', 'token_rejected', false],
  ['ValidationError', DURATION, 'duration_over_role_maximum', false],
  [
    'ValidationError',
    "Value 'a' at 'roleSessionName' failed to satisfy constraint",
    'session_name_invalid',
    false,
  ],
  [
    'ValidationError',
    "Value '1' at 'durationSeconds' failed to satisfy constraint",
    'duration_out_of_range',
    false,
  ],
  ['ValidationError', 'Request ARN is invalid', 'role_arn_malformed', false],
  ['ValidationError', 'something else', 'request_invalid', false],
  ['MalformedPolicyDocument', 'x', 'session_policy_malformed', false],
  ['PackedPolicyTooLarge', 'x', 'session_policies_too_large', false],
  ['RegionDisabledException', 'x', 'region_disabled', false],
  ['Throttling', 'Rate exceeded', 'throttled', true],
  ['ThrottlingException', 'Rate exceeded', 'throttled', true],
  ['InternalFailure', 'x', 'sts_unavailable', true],
  ['AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 'not_authorized', false],
  ['SomethingNew', 'x', 'sts_unknown', false],
])('%s (%s) is %s', (code, message, expected, retryable) => {
  const told = explainStsError({
    code,
    message,
    roleArn: input.roleArn,
    issuerUrl: input.issuerUrl,
    audience: 'acme',
  })
  expect(told).toMatchObject({ code: expected, retryable })
  expect(told.sentence).toMatch(/\.$/)
  expect(told.mend).not.toBe('')
})

test('a command to run names provider, audience and account', () => {
  const told = explainStsError({
    code: 'InvalidIdentityToken',
    message: 'Incorrect token audience',
    roleArn: input.roleArn,
    issuerUrl: input.issuerUrl,
    audience: 'acme',
  })
  expect(told.mend).toContain(
    'arn:aws-us-gov:iam::123456789012:oidc-provider/daypass.example.com/oidc --client-id acme',
  )
})

const explanation = {
  code: 'subject_case',
  clause: 'condition',
  sentence: 'Größer – 大.',
  mend: 'Write "x".',
} as const

test('an explanation survives the header', () => {
  const header = writeExplanationHeader(explanation)
  expect(header).toMatch(/^[A-Za-z0-9_-]+$/)
  expect(readExplanationHeader(header, AWS_EXPLANATIONS)).toEqual(explanation)
})

test('a long explanation is cut, and line breaks are taken out', () => {
  const read = readExplanationHeader(
    writeExplanationHeader({ ...explanation, sentence: `a\n\u2028${'大'.repeat(5000)}` }),
    AWS_EXPLANATIONS,
  )
  expect(read?.sentence).toHaveLength(1000)
  expect(read?.sentence.startsWith('a  大')).toBe(true)
})

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
test.each([
  undefined,
  null,
  '',
  'not base64!',
  'AAAA',
  encode(null),
  encode([]),
  encode({}),
  encode({ ...explanation, code: 'made_up' }),
  encode({ ...explanation, clause: 'made_up' }),
  encode({ ...explanation, sentence: 7 }),
  encode({ ...explanation, sentence: '' }),
  encode({ ...explanation, mend: 'two\nlines' }),
  encode({ ...explanation, mend: '\u001b[31mred' }),
  encode({ ...explanation, mend: 'x'.repeat(1001) }),
  encode({ ...explanation, more: 1 }),
  'A'.repeat(9000),
  Buffer.from([0xff, 0xfe]).toString('base64url'),
])('the header %j is no explanation', (header) => {
  expect(readExplanationHeader(header, AWS_EXPLANATIONS)).toBeUndefined()
})
