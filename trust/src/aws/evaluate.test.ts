import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluateAwsTrust } from './evaluate.ts'
import {
  allow,
  arn,
  claims,
  decide,
  type ExampleRequest,
  holds,
  issuerUrl,
  key,
  refusalsOf,
  sub,
} from './example.ts'
import { parseAwsTrustPolicy } from './parse.ts'

test('the right token is let in by the statement that says so', () => {
  expect(decide([{ ...allow, Sid: 'Daypass' }])).toEqual({ allowed: true, statementIndex: 0, sid: 'Daypass' })
})

test('one of several statements is enough, and it is named', () => {
  const other = { ...allow, Condition: { StringEquals: { [`${key}:sub`]: 'somebody' } } }
  expect(decide([other, allow])).toEqual({ allowed: true, statementIndex: 1, sid: undefined })
})

test('a refusal names every clause that failed', () => {
  const statement = {
    Sid: 'Prod',
    Effect: 'Allow',
    Principal: { Federated: arn.replace('123456789012', '999999999999') },
    Action: 'sts:AssumeRole',
    Condition: { StringLike: { [`${key}:sub`]: 'pulumi:deploy:org:acme:project:web:stack:prod:*' } },
  }
  expect(decide([statement])).toEqual({
    allowed: false,
    code: 'trust_no_statement_allows',
    refusals: [
      {
        clause: 'principal',
        statementIndex: 0,
        sid: 'Prod',
        expected: ['arn:aws:iam::999999999999:oidc-provider/daypass.example.com/oidc'],
        actual: [arn],
      },
      {
        clause: 'action',
        statementIndex: 0,
        sid: 'Prod',
        expected: ['sts:AssumeRole'],
        actual: ['sts:AssumeRoleWithWebIdentity'],
        except: false,
      },
      {
        clause: 'condition',
        statementIndex: 0,
        sid: 'Prod',
        operator: 'StringLike',
        key: `${key}:sub`,
        reason: 'value_differs',
        expected: ['pulumi:deploy:org:acme:project:web:stack:prod:*'],
        actual: [sub],
      },
    ],
  })
})

test('a policy without any Allow lets nobody in and has nothing to name', () => {
  const deny = { ...allow, Effect: 'Deny', Condition: { StringEquals: { [`${key}:sub`]: 'other' } } }
  expect(decide([deny])).toEqual({ allowed: false, code: 'trust_no_statement_allows', refusals: [] })
})

// --- the provider ---------------------------------------------------------------------------------------------

test.each<[string, ExampleRequest, string, string]>([
  ['another issuer', { claims: { iss: 'https://evil.example.com' } }, 'trust_provider_differs', 'issuer'],
  ['a trailing slash in iss', { claims: { iss: `${issuerUrl}/` } }, 'trust_provider_differs', 'issuer'],
  [
    'an audience nobody registered',
    { claims: { aud: 'other' } },
    'trust_audience_not_registered',
    'audience',
  ],
  ['an audience in another case', { audiences: ['Acme'] }, 'trust_audience_not_registered', 'audience'],
  ['no audience', { claims: { aud: [] } }, 'trust_audience_not_registered', 'audience'],
  ['an azp nobody registered', { claims: { azp: 'other' } }, 'trust_audience_not_registered', 'audience'],
])('%s is refused before the policy is read', (_, request, code, about) => {
  const decision = decide([allow], request)
  expect(decision).toMatchObject({ allowed: false, code, refusals: [{ clause: 'provider', about }] })
})

test('a provider whose ARN is not that of its URL is refused', () => {
  const parsed = parseAwsTrustPolicy({ Version: '2012-10-17', Statement: [allow] })
  if (!parsed.ok) throw new Error('unreadable')
  const decision = evaluateAwsTrust({
    policy: parsed.policy,
    provider: { arn: `${arn}/other`, issuerUrl, audiences: ['acme'] },
    claims,
  })
  expect(decision).toMatchObject({ allowed: false, refusals: [{ clause: 'provider', about: 'arn' }] })
})

test('of several audiences the registered one counts', () => {
  expect(decide([allow], { claims: { aud: ['other', 'acme'] } }).allowed).toBe(true)
})

test('with azp, aud is azp and oaud is aud', () => {
  const request = { claims: { azp: 'acme', aud: 'original' } }
  expect(holds({ StringEquals: { [`${key}:aud`]: 'acme', [`${key}:oaud`]: 'original' } }, request)).toBe(true)
  expect(holds({ StringEquals: { [`${key}:oaud`]: 'acme' } })).toBe(false)
})

// --- principals and actions -----------------------------------------------------------------------------------

test.each([
  ['*'],
  [{ AWS: '*' }],
  [{ AWS: '123456789012' }],
  [{ AWS: 'arn:aws:iam::123456789012:root' }],
  [{ Service: 'ec2.amazonaws.com' }],
  [{ Federated: 'accounts.google.com' }],
  [{ Federated: 'arn:aws:iam::123456789012:saml-provider/corp' }],
  [{ Federated: `${arn}/` }],
  [
    {
      Federated: arn
        .toUpperCase()
        .replace('ARN:AWS:IAM', 'arn:aws:iam')
        .replace('OIDC-PROVIDER', 'oidc-provider'),
    },
  ],
  [{ Federated: arn.replace('arn:aws:', 'arn:aws-cn:') }],
  [{ Federated: arn.replace('/oidc', ':443/oidc') }],
])('an Allow for %j is no Allow for our provider', (Principal) => {
  expect(refusalsOf(decide([{ ...allow, Principal }]))).toMatchObject([{ clause: 'principal' }])
})

test('a principal list needs our provider once', () => {
  const Principal = { Service: 'ec2.amazonaws.com', Federated: ['accounts.google.com', arn] }
  expect(decide([{ ...allow, Principal }]).allowed).toBe(true)
})

test.each([['*'], [{ AWS: '*' }], [{ Federated: arn }]])('a Deny for %j keeps us out', (Principal) => {
  expect(decide([allow, { ...allow, Effect: 'Deny', Principal }])).toMatchObject({
    code: 'trust_explicit_deny',
  })
})

test('a Deny for somebody else does not', () => {
  expect(
    decide([allow, { ...allow, Effect: 'Deny', Principal: { Service: 'ec2.amazonaws.com' } }]).allowed,
  ).toBe(true)
})

test.each([
  ['sts:AssumeRoleWithWebIdentity', true],
  ['STS:assumerolewithwebidentity', true],
  ['sts:*', true],
  ['sts:AssumeRole*', true],
  ['sts:AssumeRoleWith???Identity', true],
  ['sts:AssumeRole', false],
  ['sts:AssumeRoleWithSAML', false],
  ['sts:TagSession', false],
  ['sts:AssumeRoleWith??Identity', false],
])('the action %s covers ours: %s', (Action, covers) => {
  expect(decide([{ ...allow, Action }]).allowed).toBe(covers)
  expect(decide([{ ...allow, Action: undefined, NotAction: Action }]).allowed).toBe(!covers)
})

test('a list of actions needs ours once', () => {
  expect(decide([{ ...allow, Action: ['sts:TagSession', 'sts:AssumeRoleWithWebIdentity'] }]).allowed).toBe(
    true,
  )
})

test('another action can be asked about', () => {
  expect(decide([{ ...allow, Action: 'sts:TagSession' }], { action: 'sts:TagSession' }).allowed).toBe(true)
})

// --- laws ----------------------------------------------------------------------------------------------------------

const stringConditions = fc.dictionary(
  fc.constantFrom(
    'StringEquals',
    'StringNotEquals',
    'StringLike',
    'StringLikeIfExists',
    'ForAllValues:StringLike',
    'ForAnyValue:StringNotLike',
  ),
  fc.dictionary(
    fc.constantFrom(`${key}:sub`, `${key}:aud`, `${key}:amr`, 'aws:absent'),
    fc.oneof(fc.constantFrom(sub, 'acme', '*', 'pulumi:*', '${aws:absent}'), fc.constantFrom([sub, 'x'], [])),
  ),
  { maxKeys: 3 },
)
const undecidable = { BinaryEquals: { 'aws:SourceIp': 'QmluYXJ5' } }
const conditionArbitrary = fc
  .tuple(stringConditions, fc.constantFrom({}, {}, undecidable))
  .map(([strings, more]) => ({ ...strings, ...more }))
const statementArbitrary = fc.record({
  Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
  Principal: fc.constantFrom<unknown>({ Federated: arn }, '*', { Service: 'ec2.amazonaws.com' }),
  Action: fc.constantFrom('sts:AssumeRoleWithWebIdentity', 'sts:*', 'sts:AssumeRole'),
  Condition: conditionArbitrary,
})
const statementsArbitrary = fc.array(statementArbitrary, { minLength: 1, maxLength: 4 })

test('an explicit deny wins over whatever else the policy says, wherever it stands', () => {
  fc.assert(
    fc.property(statementsArbitrary, fc.nat(), (statements, place) => {
      const deny = { Effect: 'Deny', Principal: '*', Action: 'sts:*' }
      const at = place % (statements.length + 1)
      const decision = decide([...statements.slice(0, at), deny, ...statements.slice(at)])
      expect(decision).toMatchObject({ allowed: false, code: 'trust_explicit_deny' })
    }),
  )
})

test('adding a Deny never lets anybody in, adding an Allow never keeps anybody out', () => {
  fc.assert(
    fc.property(statementsArbitrary, statementArbitrary, (statements, extra) => {
      const before = decide(statements).allowed
      if (decide([...statements, { ...extra, Effect: 'Deny' }]).allowed) expect(before).toBe(true)
      if (before) expect(decide([...statements, { ...extra, Effect: 'Allow' }]).allowed).toBe(true)
    }),
  )
})

test('adding a condition to an Allow never lets anybody in', () => {
  fc.assert(
    fc.property(conditionArbitrary, conditionArbitrary, (first, second) => {
      const both = decide([{ ...allow, Condition: { ...first, ...second } }]).allowed
      const overlaps = Object.keys(second).some((operator) => operator in first)
      if (both && !overlaps) {
        expect(holds(first)).toBe(true)
        expect(holds(second)).toBe(true)
      }
    }),
  )
})

test('the order of statements does not change who is let in', () => {
  fc.assert(
    fc.property(statementsArbitrary, (statements) => {
      expect(decide([...statements].reverse()).allowed).toBe(decide(statements).allowed)
    }),
  )
})

test('whoever is refused is told why, unless the policy allows nobody at all', () => {
  fc.assert(
    fc.property(statementsArbitrary, (statements) => {
      const decision = decide(statements)
      if (!decision.allowed && statements.some(({ Effect }) => Effect === 'Allow')) {
        expect(decision.refusals.length).toBeGreaterThan(0)
      }
    }),
  )
})
