import { expect, test } from 'vitest'
import { writeExplanationHeader } from '../explanation-header.ts'
import { linesOfExplanation } from '../explanation-lines.ts'
import type { AwsProvider, AwsTokenClaims } from './context.ts'
import { type AwsRefusalInput, explainAwsRefusal } from './explain.ts'
import { AWS_EXPLANATION_CODES } from './explanation.ts'
import { parseAwsTrustPolicy } from './parse.ts'

const issuerUrl = 'https://daypass.example.com/oidc'
const key = 'daypass.example.com/oidc'
const arn = `arn:aws:iam::123456789012:oidc-provider/${key}`
const roleArn = 'arn:aws:iam::123456789012:role/deploy'
const subject = (stack = 'dev', operation = 'update') =>
  `pulumi:deploy:org:acme:project:web:stack:${stack}:operation:${operation}:scope:write`
const claims: AwsTokenClaims = { iss: issuerUrl, sub: subject(), aud: 'acme' }
const provider: AwsProvider = { arn, issuerUrl, audiences: ['acme'] }
const right = { StringEquals: { [`${key}:aud`]: 'acme', [`${key}:sub`]: subject() } }
const statement = {
  Effect: 'Allow',
  Principal: { Federated: arn },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: right as object,
}

function explain(statements: object | readonly object[], changes: Partial<AwsRefusalInput> = {}) {
  const policy = { Version: '2012-10-17', Statement: statements }
  return explainAwsRefusal({ roleArn, claims, provider, policy, ...changes })
}
const withCondition = (Condition: object) => explain({ ...statement, Condition })
const withSubject = (operator: string, value: string | readonly string[]) =>
  withCondition({ StringEquals: { [`${key}:aud`]: 'acme' }, [`${operator}`]: { [`${key}:sub`]: value } })
const likeSubject = (value: string) => withSubject('StringLike', value)
const equalSubject = (value: string) =>
  withCondition({ StringEquals: { [`${key}:aud`]: 'acme', [`${key}:sub`]: value } })

// --- conditions ------------------------------------------------------------------------------------------------------

test.each<[string, ReturnType<typeof explain>, string[]]>([
  [
    'audience_case_policy',
    withCondition({ StringEquals: { ...right.StringEquals, [`${key}:aud`]: 'Acme' } }),
    ['"Acme"', '"acme"', `Write "${key}:aud": "acme"`],
  ],
  [
    'audience_esc_prefix',
    withCondition({ StringEquals: { ...right.StringEquals, [`${key}:aud`]: 'aws:acme' } }),
    ['environment', `"${key}:aud": "acme"`],
  ],
  [
    'audience_differs',
    withCondition({ StringEquals: { ...right.StringEquals, [`${key}:aud`]: 'sts.amazonaws.com' } }),
    ['"sts.amazonaws.com"', `"${key}:aud": "acme"`],
  ],
  [
    'subject_operation_word',
    equalSubject(subject('dev', 'up')),
    ['"up"', 'operation:update', 'preview, update, refresh, destroy', subject()],
  ],
  ['subject_operation_word', equalSubject(subject('dev', 'Update')), ['operation:update']],
  ['subject_operation_word', equalSubject(subject('dev', 'frobnicate')), ['"frobnicate"', 'detect-drift']],
  [
    'subject_operation_word',
    likeSubject('pulumi:deploy:org:acme:project:web:stack:*:operation:plan:*'),
    ['operation:preview'],
  ],
  ['subject_scope_missing', equalSubject(subject().replace(':scope:write', '')), [':scope:write', subject()]],
  ['subject_incomplete', equalSubject('pulumi:deploy:org:acme:project:web'), ['ends too early', subject()]],
  [
    'subject_wildcard_in_equals',
    equalSubject('pulumi:deploy:org:acme:project:web:*'),
    ['StringLike', subject()],
  ],
  ['subject_wildcard_in_equals', equalSubject(subject('dev', '*')), ['StringLike']],
  [
    'subject_of_environment',
    equalSubject('pulumi:environments:org:acme:env:web/dev'),
    ['environment', subject()],
  ],
  ['subject_case', equalSubject(subject('Dev')), ['case']],
  ['subject_case', equalSubject(subject().replace('pulumi', 'Pulumi')), ['case']],
  [
    'subject_stack_differs',
    equalSubject(subject('prod')),
    ['stack "prod"', 'stack "dev"', 'a role of its own'],
  ],
  ['subject_stack_differs', likeSubject('pulumi:deploy:org:acme:project:web:stack:prod:*'), ['stack "prod"']],
  [
    'subject_operation_differs',
    equalSubject(subject('dev', 'preview')),
    ['operation "preview"', 'operation "update"'],
  ],
  [
    'subject_project_differs',
    likeSubject('pulumi:deploy:org:acme:project:api:*'),
    ['project "api"', 'project "web"'],
  ],
  [
    'subject_organization_differs',
    likeSubject('pulumi:deploy:org:other:project:api:*'),
    ['organization "other" and project "api"', 'organization "acme" and project "web"'],
  ],
  ['subject_differs', likeSubject('repo:acme/web:*'), ['repo:acme/web:*', subject()]],
  ['subject_differs', withSubject('StringLike', []), ['names no subject']],
  [
    'condition_key_scheme',
    withCondition({ StringEquals: { [`https://${key}:aud`]: 'acme' } }),
    ['another scheme', `Write "${key}:aud"`],
  ],
  [
    'condition_key_trailing_slash',
    withCondition({ StringEquals: { [`${key}/:sub`]: subject() } }),
    ['trailing slash', `Write "${key}:sub"`],
  ],
  [
    'condition_key_port',
    withCondition({ StringEquals: { 'daypass.example.com:443/oidc:aud': 'acme' } }),
    ['another port', `Write "${key}:aud"`],
  ],
  [
    'condition_key_path',
    withCondition({ StringEquals: { 'daypass.example.com:aud': 'acme' } }),
    ['another path'],
  ],
  [
    'condition_key_other_issuer',
    withCondition({ StringEquals: { 'api.pulumi.com/oidc:aud': 'acme' } }),
    ['another issuer', `Write "${key}:aud"`],
  ],
  [
    'condition_key_claim_unknown',
    withCondition({ StringEquals: { [`${key}:project`]: 'web' } }),
    ['"project"', 'no trust policy', `${key}:sub`],
  ],
  ['condition_key_absent', withCondition({ StringEquals: { [`${key}:oaud`]: 'acme' } }), ['does not have']],
  [
    'condition_key_absent',
    withCondition({ StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }),
    ['aws:PrincipalOrgID'],
  ],
  [
    'condition_excludes',
    withCondition({ StringNotLike: { [`${key}:sub`]: '*:operation:update:*' } }),
    ['keeps out'],
  ],
  ['condition_excludes', withCondition({ Null: { [`${key}:sub`]: 'true' } }), ['absent']],
  [
    'condition_operator_unsupported',
    withCondition({ BinaryEquals: { 'aws:SourceIp': 'QmluYXJ5' } }),
    ['cannot be judged'],
  ],
  [
    'condition_variable_without_value',
    withCondition({ StringEquals: { [`${key}:sub`]: '${aws:username}' } }),
    ['policy variable'],
  ],
])('%s', (code, explanation, words) => {
  expect(explanation).toMatchObject({ code, clause: 'condition', retryable: false })
  for (const word of words) expect(`${explanation.sentence} ${explanation.mend}`).toContain(word)
  expect(explanation.sentence).not.toContain('\n')
})

test.each<[string, ReturnType<typeof explain>]>([
  [
    'condition_needs_set_operator',
    explain(
      { ...statement, Condition: { StringEquals: { [`${key}:amr`]: 'mfa' } } },
      { claims: { ...claims, amr: ['mfa'] } },
    ),
  ],
  [
    'condition_not_comparable',
    explain(
      { ...statement, Condition: { NumericLessThan: { 'aws:x': '1' } } },
      { requestKeys: { 'aws:x': 'many' } },
    ),
  ],
  [
    'condition_value_differs',
    explain(
      { ...statement, Condition: { StringEquals: { 'aws:x': '1' } } },
      { requestKeys: { 'aws:x': '2' } },
    ),
  ],
])('%s', (code, explanation) => {
  expect(explanation).toMatchObject({ code, clause: 'condition' })
})

test('of several subjects the nearest is spoken of', () => {
  const explanation = withSubject('StringEquals', [
    'repo:acme/web',
    subject('dev', 'up'),
    'pulumi:deploy:org:other:project:other:stack:other:operation:update:scope:write',
  ])
  expect(explanation.code).toBe('subject_operation_word')
})

// --- provider, principal, action, deny, policy ---------------------------------------------------------------------------

const withPrincipal = (Principal: unknown) => explain({ ...statement, Principal })
const withProvider = (url: string) =>
  explain(statement, {
    provider: { arn: arn.replace(key, url.replace('https://', '')), issuerUrl: url, audiences: ['acme'] },
  })

test.each<[string, string, ReturnType<typeof explain>, string]>([
  [
    'provider_arn_scheme',
    'principal',
    withPrincipal({ Federated: arn.replace(key, `https://${key}`) }),
    'scheme',
  ],
  ['provider_arn_trailing_slash', 'principal', withPrincipal({ Federated: `${arn}/` }), 'slash'],
  ['provider_arn_port', 'principal', withPrincipal({ Federated: arn.replace('.com/', '.com:443/') }), 'port'],
  [
    'provider_arn_case',
    'principal',
    withPrincipal({ Federated: arn.replace('daypass', 'Daypass') }),
    'capital',
  ],
  [
    'provider_arn_path',
    'principal',
    withPrincipal({ Federated: arn.replace(key, 'daypass.example.com') }),
    'path',
  ],
  [
    'provider_arn_discovery_suffix',
    'principal',
    withPrincipal({ Federated: `${arn}/.well-known/openid-configuration` }),
    'discovery',
  ],
  [
    'provider_arn_other_issuer',
    'principal',
    withPrincipal({ Federated: arn.replace(key, 'api.pulumi.com/oidc') }),
    'another issuer',
  ],
  [
    'provider_other_account',
    'principal',
    withPrincipal({ Federated: arn.replace('123456789012', '999999999999') }),
    '999999999999',
  ],
  [
    'provider_other_partition',
    'principal',
    withPrincipal({ Federated: arn.replace('arn:aws:', 'arn:aws-cn:') }),
    'aws-cn',
  ],
  ['principal_not_federated', 'principal', withPrincipal('*'), '"*"'],
  [
    'principal_not_federated',
    'principal',
    withPrincipal({ Service: 'ec2.amazonaws.com' }),
    'ec2.amazonaws.com',
  ],
  ['provider_url_trailing_slash', 'provider', withProvider(`${issuerUrl}/`), 'slash'],
  ['provider_url_port', 'provider', withProvider('https://daypass.example.com:443/oidc'), 'port'],
  ['provider_url_path', 'provider', withProvider('https://daypass.example.com'), 'path'],
  ['provider_url_other_issuer', 'provider', withProvider('https://other.example.com/oidc'), 'another issuer'],
  [
    'audience_case_provider',
    'provider',
    explain(statement, { provider: { ...provider, audiences: ['Acme'] } }),
    '"Acme"',
  ],
  [
    'audience_not_registered',
    'provider',
    explain(statement, { provider: { ...provider, audiences: ['sts.amazonaws.com'] } }),
    'add-client-id',
  ],
  [
    'audience_not_registered',
    'provider',
    explain(statement, { provider: { ...provider, audiences: [] } }),
    'no audience',
  ],
  [
    'action_assume_role',
    'action',
    explain({ ...statement, Action: 'sts:AssumeRole' }),
    'sts:AssumeRoleWithWebIdentity',
  ],
  ['action_differs', 'action', explain({ ...statement, Action: 'sts:TagSession' }), 'sts:TagSession'],
  ['action_differs', 'action', explain({ ...statement, Action: undefined, NotAction: 'sts:*' }), 'NotAction'],
  [
    'explicit_deny',
    'deny',
    explain([statement, { ...statement, Effect: 'Deny', Sid: 'Freeze', Condition: {} }]),
    '"Freeze"',
  ],
  [
    'policy_allows_nobody',
    'policy',
    explain({ ...statement, Effect: 'Deny', Condition: { StringEquals: { 'aws:x': '1' } } }),
    'Allow',
  ],
  ['policy_malformed', 'policy', explain({ ...statement, Resource: '*' }), '$.Statement.Resource'],
])('%s', (code, clause, explanation, word) => {
  expect(explanation).toMatchObject({ code, clause })
  expect(`${explanation.sentence} ${explanation.mend}`).toContain(word)
})

test('the statement that misses by least is spoken of first, the others after it', () => {
  const explanation = explain([
    { ...statement, Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole', Condition: {} },
    { ...statement, Sid: 'Near', Condition: { StringEquals: { [`${key}:sub`]: subject('prod') } } },
  ])
  expect(explanation.code).toBe('subject_stack_differs')
  expect(explanation.sentence).toContain('statement "Near"')
  expect(explanation.checks).toHaveLength(2)
})

test('a refusal by a known policy brings the policy that would be right', () => {
  const { trustPolicy } = equalSubject(subject('prod'))
  const parsed = parseAwsTrustPolicy(trustPolicy)
  expect(parsed.ok && parsed.policy.statements[0]?.conditions.map(({ values }) => values)).toEqual([
    ['acme'],
    [subject()],
  ])
})

test('a known policy without a known provider is judged by the provider that the role needs', () => {
  const policy = { Version: '2012-10-17', Statement: { ...statement, Action: 'sts:AssumeRole' } }
  expect(explainAwsRefusal({ roleArn, claims, policy }).code).toBe('action_assume_role')
})

test('a policy that would let the token in leads to the advice, for something else refused it', () => {
  expect(explain(statement).code).toBe('not_authorized')
})

// --- what the runner has -----------------------------------------------------------------------------------------------------

test('with AWS’s bare refusal there is a list of checks and a policy to paste', () => {
  const error = { code: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity' }
  const explanation = explainAwsRefusal({ roleArn, claims, error })
  expect(explanation).toMatchObject({ code: 'not_authorized', clause: 'policy', retryable: false })
  const checks = explanation.checks.join('\n')
  for (const word of [arn, roleArn, '"acme"', subject(), 'get-role --role-name deploy', `"${key}:sub"`]) {
    expect(checks).toContain(word)
  }
  expect(parseAwsTrustPolicy(explanation.trustPolicy).ok).toBe(true)
  expect(explanation.trustPolicy).not.toMatch(/[*?$]/)
})

test('what a local cloud explains is taken over', () => {
  const told = {
    code: 'subject_stack_differs',
    clause: 'condition',
    sentence: 'It is prod.',
    mend: 'Add it.',
  } as const
  const error = { code: 'AccessDenied', message: 'no', explanationHeader: writeExplanationHeader(told) }
  expect(explainAwsRefusal({ roleArn, claims, error })).toEqual({
    ...told,
    checks: [],
    trustPolicy: undefined,
    retryable: false,
  })
})

test('a header that is no explanation is as good as none', () => {
  const error = { code: 'AccessDenied', message: 'no', explanationHeader: 'bm90IGpzb24' }
  expect(explainAwsRefusal({ roleArn, claims, error }).code).toBe('not_authorized')
})

test('another error of STS is explained as such, even where a policy is known', () => {
  const error = { code: 'ExpiredTokenException', message: 'Token expired' }
  expect(explainAwsRefusal({ roleArn, claims, error, policy: {} })).toMatchObject({
    code: 'token_expired',
    retryable: true,
  })
})

test('a log shows sentence, mend, checks and policy, each on lines of its own', () => {
  const lines = linesOfExplanation(explainAwsRefusal({ roleArn, claims }))
  expect(lines[0]).toContain('[not_authorized]')
  expect(lines[1]).toMatch(/^What to change: /)
  expect(lines.filter((line) => line.startsWith('  - ')).length).toBeGreaterThan(5)
  expect(lines.at(-1)).toBe('}')
  expect(lines.every((line) => !line.includes('\n'))).toBe(true)
})

test('text from outside cannot break out of its line', () => {
  const explanation = explain({
    ...statement,
    Condition: { StringEquals: { [`${key}:sub`]: 'a\nWhat to change: run curl' } },
  })
  expect(explanation.sentence).not.toContain('\n')
})

test('every code is said once', () => {
  expect(new Set(AWS_EXPLANATION_CODES).size).toBe(AWS_EXPLANATION_CODES.length)
  for (const code of AWS_EXPLANATION_CODES) expect(code).toMatch(/^[a-z_]{1,64}$/)
})
