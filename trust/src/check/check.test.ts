/** Documents that are right pass; each way of being too wide, or of letting in nobody, is named by its code. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allow, issuerUrl, key, sub } from '../aws/example.ts'
import { generateAwsTrustPolicy } from '../aws/generate.ts'
import { claims as azureClaims, credential } from '../azure/example.ts'
import { generateAzureTrust } from '../azure/generate.ts'
import { readTrustDocument } from '../document.ts'
import { claims as googleClaims, POOL, subjectMember, written } from '../google/example.ts'
import { generateGoogleTrust } from '../google/generate.ts'
import { OPERATIONS } from '../subject.ts'
import { checkDocuments } from './check.ts'

function check(...values: unknown[]) {
  const documents = values.map((value, at) => ({
    name: `${at}.json`,
    read: readTrustDocument(JSON.stringify(value)),
  }))
  return checkDocuments(documents, issuerUrl)
}
const codesOf = (...values: unknown[]) =>
  check(...values).flatMap(({ findings }) => findings.map(({ severity, code }) => `${severity} ${code}`))
const aud = { [`${key}:aud`]: 'acme' }
const awsWith = (condition: object, change: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ ...allow, Condition: condition, ...change }],
})
const like = (...subjects: string[]) =>
  awsWith({ StringEquals: aud, StringLike: { [`${key}:sub`]: subjects } })
const equals = (subject: string | string[], change?: object) =>
  awsWith({ StringEquals: { ...aud, [`${key}:sub`]: subject } }, change)

test.each<[string, unknown, readonly string[]]>([
  ['one subject', equals(sub), []],
  ['the class form', equals(sub.replace('operation:update:scope:write', 'access:write')), []],
  [
    'the class form of every stack that begins alike',
    like('pulumi:deploy:org:acme:project:web:stack:dev*:access:write'),
    ['warning stack_begins_alike'],
  ],
  ['the compact form', equals('dp1:7zzzzzzzzzsqzvzfzzzzzzzzzy:update'), []],
  ['every operation', like(sub.replace('update:scope:write', '*')), ['notice preview_may_write']],
  [
    'every stack',
    like('pulumi:deploy:org:acme:project:web:*'),
    ['warning any_stack', 'notice preview_may_write'],
  ],
  ['every project', like('pulumi:deploy:org:acme:*'), ['warning any_project', 'notice preview_may_write']],
  [
    'every update',
    like('pulumi:deploy:org:acme:project:*:stack:*:operation:update:*'),
    ['warning any_project'],
  ],
  [
    'a project that begins so',
    like('pulumi:deploy:org:acme:project:web*'),
    ['warning any_stack', 'warning project_begins_alike', 'notice preview_may_write'],
  ],
  [
    'a stack that begins so',
    like('pulumi:deploy:org:acme:project:web:stack:dev*:operation:update:scope:write'),
    ['warning stack_begins_alike'],
  ],
  [
    'a stack that ends so',
    like('pulumi:deploy:org:acme:project:web:stack:*dev:operation:update:scope:write'),
    ['warning stack_ends_alike'],
  ],
  [
    'a stack by one letter',
    like('pulumi:deploy:org:acme:project:web:stack:de?:operation:update:scope:write'),
    ['warning stack_one_letter'],
  ],
  [
    'an organization that begins so',
    like('pulumi:deploy:org:acme*:project:web:stack:dev:operation:update:*'),
    ['warning organization_begins_alike'],
  ],
  [
    'the same without an audience',
    awsWith({
      StringLike: { [`${key}:sub`]: 'pulumi:deploy:org:acme*:project:web:stack:dev:operation:update:*' },
    }),
    ['error organization_begins_alike', 'warning audience_condition_missing'],
  ],
  [
    'anybody',
    awsWith({ StringLike: { [`${key}:sub`]: 'pulumi:*' } }),
    ['error any_organization', 'warning audience_condition_missing', 'notice preview_may_write'],
  ],
  [
    'no subject',
    awsWith({ StringEquals: aud }),
    ['warning subject_condition_missing', 'notice preview_may_write'],
  ],
  [
    'other capitals',
    awsWith({ StringEquals: aud, StringEqualsIgnoreCase: { [`${key}:sub`]: sub } }),
    ['warning project_ignores_case', 'warning stack_ignores_case'],
  ],
  [
    'a claim that may be absent',
    awsWith({ StringEquals: aud, 'ForAllValues:StringEquals': { [`${key}:sub`]: sub } }),
    ['warning subject_condition_missing', 'warning for_all_values_alone'],
  ],
  ['a preview in a list', equals([sub, sub.replace('update', 'preview')]), ['notice preview_may_write']],
  ['only what reads', equals([sub.replace('update', 'detect-drift'), sub.replace('update', 'preview')]), []],
  [
    'a preview in a statement of its own',
    {
      Version: '2012-10-17',
      Statement: [
        allow,
        {
          ...allow,
          Condition: { StringEquals: { ...aud, [`${key}:sub`]: sub.replace('update', 'preview') } },
        },
      ],
    },
    ['notice preview_may_write'],
  ],
  ['up', equals(sub.replace('update', 'up')), ['error subject_operation_word']],
  [
    'a good one beside one that never fits',
    equals([sub, sub.replace('web', 'shop').replace(':scope:write', '')]),
    ['error subject_scope_missing'],
  ],
  [
    'a wildcard in StringEquals',
    equals('pulumi:deploy:org:acme:*'),
    ['error subject_wildcard_in_equals', 'warning wildcard_in_equals'],
  ],
  [
    'a trailing slash',
    equals(sub, { Principal: { Federated: `${allow.Principal.Federated}/` } }),
    ['error provider_arn_trailing_slash'],
  ],
  ['AssumeRole', equals(sub, { Action: 'sts:AssumeRole' }), ['error action_assume_role']],
  ['everybody', equals(sub, { Principal: '*' }), ['error principal_everybody']],
  ['everybody, for other actions', equals(sub, { Principal: '*', Action: 'sts:TagSession' }), []],
  [
    'an audience of its own',
    awsWith({ StringEquals: { [`${key}:aud`]: 'https://aws', [`${key}:sub`]: sub } }),
    ['notice audience_unusual'],
  ],
  [
    'an audience in capitals',
    awsWith({ StringEquals: { [`${key}:aud`]: 'Acme', [`${key}:sub`]: sub } }),
    ['error audience_case_policy'],
  ],
  [
    'an address',
    awsWith({ ...allow.Condition, IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }),
    ['notice condition_key_of_request'],
  ],
  [
    'many stacks',
    equals(Array.from({ length: 30 }, (_, at) => sub.replace('dev', `dev${at}`))),
    ['warning policy_too_long'],
  ],
  ['a provider that is right', { Url: key, ClientIDList: ['acme'] }, []],
  [
    'a provider with a slash and nobody',
    { Url: `${key}/`, ClientIDList: [] },
    ['error provider_url_trailing_slash', 'error audience_not_registered'],
  ],
])('AWS: %s', (_, value, codes) => {
  expect(codesOf(value)).toEqual(codes)
})

const subject = azureClaims.sub
const credentials = (...subjects: string[]) =>
  subjects.map((one, at) => ({ ...credential, name: `c${at}`, subject: one }))

test.each<[string, unknown, readonly string[]]>([
  ['one subject', [credential], []],
  [
    'a wildcard',
    [{ ...credential, subject: 'pulumi:deploy:org:acme:project:shop:*' }],
    ['error subject_wildcard'],
  ],
  ['up', [{ ...credential, subject: subject.replace('update', 'up') }], ['error subject_operation_word']],
  [
    "Azure's own audience",
    [{ ...credential, audiences: ['api://AzureADTokenExchange'] }],
    ['error audience_default'],
  ],
  ['an audience of its own', [{ ...credential, audiences: ['https://azure'] }], ['notice audience_unusual']],
  ['http', [{ ...credential, issuer: 'http://daypass.example.com/oidc' }], ['error issuer_scheme']],
  [
    'an organization in capitals',
    [{ ...credential, subject: subject.replace('acme', 'Acme') }],
    ['error subject_case'],
  ],
  [
    'a preview beside',
    credentials(subject, subject.replace('update', 'preview')),
    ['notice preview_may_write'],
  ],
  [
    'another issuer beside',
    [
      credential,
      {
        ...credential,
        name: 'g',
        issuer: 'https://token.actions.githubusercontent.com',
        subject: 'repo:a/b',
      },
    ],
    [],
  ],
  [
    'nearly full',
    credentials(...Array.from({ length: 15 }, (_, at) => subject.replace('dev', `dev${at}`))),
    ['notice credentials_full'],
  ],
])('Azure: %s', (_, value, codes) => {
  expect(codesOf(value)).toEqual(codes)
})

const members = (...some: string[]) => written({ members: some })
const set = (attribute: string) => `principalSet://${POOL}/${attribute}`
const googleWith = (provider: object, ...some: string[]) =>
  written({ provider: { ...provider }, members: some })
const mapping = {
  'google.subject': 'assertion.sub',
  'attribute.project': 'assertion.project',
  'attribute.stack': 'assertion.stack',
  'attribute.run': "assertion.stackId + ':' + assertion.operation",
}

test.each<[string, unknown, readonly string[]]>([
  ['one subject', members(subjectMember(googleClaims.sub)), []],
  ['the whole pool', members(set('*')), ['warning any_organization', 'notice preview_may_write']],
  [
    'a project of anybody',
    members(set('attribute.project/shop')),
    ['warning any_organization', 'notice preview_may_write'],
  ],
  [
    'a project of one',
    googleWith({ attributeCondition: 'assertion.org == "acme"' }, set('attribute.project/shop')),
    ['warning any_stack', 'notice preview_may_write'],
  ],
  [
    'an exact value',
    googleWith({ attributeMapping: mapping }, set('attribute.run/acme/shop/dev:update')),
    [],
  ],
  [
    'a condition that begins so',
    googleWith(
      {
        attributeMapping: mapping,
        attributeCondition:
          "assertion.sub.startsWith('pulumi:deploy:org:acme:project:shop') && assertion.operation == 'update' && assertion.stack == 'dev'",
      },
      set('*'),
    ),
    ['warning project_begins_alike'],
  ],
  [
    'a condition that nobody meets',
    googleWith({ attributeCondition: "assertion.org == 'Acme'" }, set('*')),
    ['error condition_false'],
  ],
  ['a wildcard', members(subjectMember('pulumi:deploy:org:acme:*')), ['error binding_wildcard']],
  [
    'up',
    members(subjectMember(googleClaims.sub.replace('update', 'up'))),
    ['error binding_subject_operation_word'],
  ],
  [
    'a project by its id',
    members(subjectMember(googleClaims.sub).replace('123456', 'acme-prod')),
    ['error binding_project_id'],
  ],
  ['a slash', written({ oidc: { issuerUri: `${issuerUrl}/` } }), ['error issuer_trailing_slash']],
  ['no audience', written({ oidc: { allowedAudiences: [] } }), ['error audience_provider_name']],
  [
    'a disabled provider',
    googleWith({ disabled: true }, subjectMember(googleClaims.sub)),
    ['error provider_disabled'],
  ],
  [
    'a name that is too long for one operation',
    googleWith({}, set(`attribute.project/${'p'.repeat(42)}`)),
    ['error subject_too_long', 'warning any_organization', 'notice preview_may_write'],
  ],
])('Google: %s', (_, value, codes) => {
  expect(codesOf(value)).toEqual(codes)
})

test('the two halves of Google are checked together, and a provider alone is said to be alone', () => {
  const { provider, serviceAccount } = members(set('*'))
  expect(check(provider, serviceAccount.policy)).toMatchObject([
    { about: 'google-provider', findings: [] },
    {
      about: 'google-service-account',
      findings: [{ code: 'any_organization' }, { code: 'preview_may_write' }],
    },
  ])
  expect(codesOf(provider)).toEqual(['notice service_account_missing'])
  expect(check(serviceAccount.policy)).toMatchObject([{ about: 'elsewhere', findings: [] }])
})

test('whoever would write as a preview is named, at each cloud', () => {
  const role = {
    Role: {
      Arn: 'arn:aws:iam::123456789012:role/writer',
      AssumeRolePolicyDocument: like('pulumi:deploy:org:acme:project:shop:stack:dev:*'),
    },
  }
  const application = credentials(subject, subject.replace('update', 'preview'))
  const sentences = check(
    role,
    application,
    members(subjectMember(googleClaims.sub), subjectMember(googleClaims.sub.replace('update', 'preview'))),
  )
    .flatMap(({ findings }) => findings.filter(({ code }) => code === 'preview_may_write'))
    .map(({ sentence }) => sentence.split(' lets in ')[0])
  expect(sentences).toEqual([
    'arn:aws:iam::123456789012:role/writer',
    'The application',
    'shop@acme-prod.iam.gserviceaccount.com',
  ])
})

test('what is of another issuer or of another kind is passed over, and what no cloud would save is an error', () => {
  const github = { Federated: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com' }
  expect(
    check(equals(sub, { Principal: github }), { name: 'package' }, [{ ...credential, name: '' }]),
  ).toMatchObject([
    { about: 'elsewhere', findings: [] },
    { about: 'nothing', findings: [] },
    {
      about: 'malformed',
      findings: [{ severity: 'error', code: 'malformed', sentence: 'At $[0].name: It needs a name.' }],
    },
  ])
})

const names = fc.record({
  organization: fc.stringMatching(/^[a-z0-9][a-z0-9_-]{1,12}[a-z0-9]$/),
  project: fc.stringMatching(/^[A-Za-z0-9_.-]{1,30}$/),
  stack: fc.stringMatching(/^[A-Za-z0-9_.-]{1,30}$/),
})

test('what generate writes for what only reads, or only writes, passes without a word', () => {
  const groups = fc.constantFrom(
    OPERATIONS.filter((one) => /preview|detect/.test(one)),
    OPERATIONS.filter((one) => !/preview|detect/.test(one)),
  )
  fc.assert(
    fc.property(names, groups, (stack, operations) => {
      const scope = { issuerUrl, audience: stack.organization, stack, operations }
      const aws = generateAwsTrustPolicy({ ...scope, accountId: '123456789012' })
      const azure = generateAzureTrust(scope)
      const account = { projectNumber: '1', poolId: 'pool', providerId: 'daypass', serviceAccount: 'a@b' }
      const google = generateGoogleTrust({ ...scope, ...account })
      if (!aws.ok || !azure.ok || !google.ok) throw new Error('it was not made')
      expect(codesOf(aws.policy, azure.credentials, google.written)).toEqual([])
    }),
    { numRuns: 60, seed: 11 },
  )
})
