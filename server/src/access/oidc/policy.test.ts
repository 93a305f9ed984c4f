import type { AuthPolicyDefinition } from '@daypass/contract/oidc-login.ts'
import { describe, expect, test } from 'vitest'
import { isRefusal } from '../../refuse.ts'
import { judge } from './judge.ts'
import { DENY_ALL, readPolicies, type Wanted } from './policy.ts'

const audience = 'urn:pulumi:org:acme'
const claims = {
  iss: 'https://token.actions.githubusercontent.com',
  aud: audience,
  sub: 'repo:acme/web:ref:refs/heads/main',
  repository: 'acme/web',
  run_attempt: 1,
  protected: true,
  groups: ['dev', 'ops'],
  nothing: null,
  'kubernetes.io': { namespace: 'ci', pod: { name: 'runner-1' } },
  nested: { sub: 'inner' },
}

const ALLOW: AuthPolicyDefinition = {
  decision: 'allow',
  tokenType: 'organization',
  authorizedPermissions: [],
  rules: { sub: 'repo:acme/web:*' },
}
const ORGANIZATION: Wanted = { tokenType: 'organization', admin: false }
const ADMIN: Wanted = { tokenType: 'organization', admin: true }

function verdict(
  sent: readonly AuthPolicyDefinition[],
  wanted: Wanted,
  of: Record<string, unknown> = claims,
) {
  const policies = readPolicies(sent)
  if (isRefusal(policies)) throw new Error(policies.message)
  return judge(policies, wanted, { claims: of, audience }).isAllowed
}

test('nothing is allowed that no policy allows', () => {
  expect(judge([], ORGANIZATION, { claims, audience }).isAllowed).toBe(false)
  expect(judge(DENY_ALL, ORGANIZATION, { claims, audience }).isAllowed).toBe(false)
  expect(verdict([ALLOW], ORGANIZATION)).toBe(true)
  expect(verdict([ALLOW], { tokenType: 'team', team: 'ops' })).toBe(false)
  expect(verdict([ALLOW], { tokenType: 'personal', login: 'alice' })).toBe(false)
  expect(verdict([ALLOW], { tokenType: 'runner', pool: 'p' })).toBe(false)
})

test('one that denies outweighs all that allow, wherever it stands', () => {
  const deny = { ...ALLOW, decision: 'deny', rules: { repository: 'acme/web' } }
  expect(verdict([ALLOW, deny], ORGANIZATION)).toBe(false)
  expect(verdict([deny, ALLOW], ORGANIZATION)).toBe(false)
  expect(verdict([ALLOW, { ...deny, rules: { repository: 'acme/other' } }], ORGANIZATION)).toBe(true)
  expect(verdict([ALLOW, { ...deny, rules: {} }], ORGANIZATION)).toBe(false)
})

test('all rules of a policy must hold, and two policies do not help each other', () => {
  const rules = (one: Record<string, string>): AuthPolicyDefinition => ({ ...ALLOW, rules: one })
  expect(verdict([rules({ sub: 'repo:acme/web:*', repository: 'acme/web' })], ORGANIZATION)).toBe(true)
  expect(verdict([rules({ sub: 'repo:acme/web:*', repository: 'acme/api' })], ORGANIZATION)).toBe(false)
  expect(verdict([rules({ sub: 'repo:acme/api:*' }), rules({ repository: 'acme/api' })], ORGANIZATION)).toBe(
    false,
  )
})

describe('claims by their path', () => {
  test.each([
    ['sub', 'repo:acme/web:ref:refs/heads/main', true],
    ['run_attempt', '1', true],
    ['run_attempt', '2', false],
    ['protected', 'true', true],
    ['groups', 'ops', true],
    ['groups', 'admin', false],
    ['"kubernetes.io".namespace', 'ci', true],
    ['"kubernetes.io".pod.name', 'runner-*', true],
    ['kubernetes.io.namespace', 'ci', false],
    ['nested.sub', 'inner', true],
    ['nested', 'inner', false],
    ['missing', 'a?', false],
    ['nothing', 'null', false],
    ['sub.length', '3?', false],
    ['groups.0', 'dev', false],
    ['constructor.name', 'Object', false],
    ['__proto__.x', 'a', false],
  ])('%s is %s: %s', (path, pattern, holds) => {
    expect(verdict([{ ...ALLOW, rules: { [path]: pattern } }], ORGANIZATION)).toBe(holds)
  })
})

test('a token that is made out to somebody else counts only where a policy names that audience', () => {
  const other = { ...claims, aud: 'https://other.example' }
  expect(verdict([ALLOW], ORGANIZATION, other)).toBe(false)
  const named = { ...ALLOW, rules: { ...ALLOW.rules, aud: 'https://other.example' } }
  expect(verdict([named], ORGANIZATION, other)).toBe(true)
  expect(verdict([named], ORGANIZATION)).toBe(false)
  expect(verdict([ALLOW], ORGANIZATION, { ...claims, aud: ['https://other.example', audience] })).toBe(true)
  for (const aud of [`${audience}/`, 'urn:pulumi:org:acme2', 'URN:pulumi:org:acme', '', {}, undefined]) {
    expect(verdict([ALLOW], ORGANIZATION, { ...claims, aud })).toBe(false)
  }
})

test('an admin’s token is given only where a policy says so', () => {
  const admin = { ...ALLOW, authorizedPermissions: ['admin'] }
  expect(verdict([ALLOW], ADMIN)).toBe(false)
  expect(verdict([{ ...ALLOW, authorizedPermissions: ['standard'] }], ADMIN)).toBe(false)
  expect(verdict([admin], ADMIN)).toBe(true)
  expect(verdict([admin], ORGANIZATION)).toBe(true)
  // To deny admins denies nobody else; to deny denies admins too.
  const denyAdmins = { ...admin, decision: 'deny', rules: {} }
  expect(verdict([admin, denyAdmins], ADMIN)).toBe(false)
  expect(verdict([admin, denyAdmins], ORGANIZATION)).toBe(true)
  expect(verdict([admin, { ...ALLOW, decision: 'deny', rules: {} }], ADMIN)).toBe(false)
})

test('a team by a pattern, a person and a pool to the letter', () => {
  const team = { ...ALLOW, tokenType: 'team', teamName: 'ops-*' }
  expect(verdict([team], { tokenType: 'team', team: 'ops-eu' })).toBe(true)
  expect(verdict([team], { tokenType: 'team', team: 'dev' })).toBe(false)
  const person = { ...ALLOW, tokenType: 'personal', userLogin: 'alice' }
  expect(verdict([person], { tokenType: 'personal', login: 'alice' })).toBe(true)
  expect(verdict([{ ...person, userLogin: '*' }], { tokenType: 'personal', login: 'alice' })).toBe(false)
  const runner = { ...ALLOW, tokenType: 'runner', runnerID: 'id-1' }
  expect(verdict([runner], { tokenType: 'runner', pool: 'id-1' })).toBe(true)
  expect(verdict([runner], { tokenType: 'runner', pool: 'id-2' })).toBe(false)
  // One that denies may leave the name out, and then is about all.
  const deny = { decision: 'deny', tokenType: 'team', authorizedPermissions: [], rules: {} }
  expect(verdict([team, deny], { tokenType: 'team', team: 'ops-eu' })).toBe(false)
})

test.each<[string, Partial<AuthPolicyDefinition>]>([
  ['"decision" must be', { decision: 'maybe' }],
  ['"tokenType" must be', { tokenType: 'admin' }],
  ['"tokenType" must be', { tokenType: 'constructor' }],
  ['leave "roleID" out', { roleID: 'x' }],
  ['"teamName" belongs to', { teamName: 'ops' }],
  ['"userLogin" belongs to', { userLogin: 'alice' }],
  ['"runnerID" belongs to', { runnerID: 'x' }],
  ['"teamName" is missing', { tokenType: 'team' }],
  ['"userLogin" is missing', { tokenType: 'personal' }],
  ['"runnerID" is missing', { tokenType: 'runner' }],
  ['"authorizedPermissions" must be', { authorizedPermissions: ['root'] }],
  ['"authorizedPermissions" must be', { authorizedPermissions: ['admin', 'admin'] }],
  [
    'belongs to the token type organization',
    { tokenType: 'team', teamName: 'a', authorizedPermissions: ['admin'] },
  ],
  ['needs a rule', { rules: {} }],
  ['needs a rule', { rules: { sub: '*' } }],
  ['needs a rule', { rules: { aud: 'urn:pulumi:org:acme', iss: 'https://a.example' } }],
  ['needs a rule', { rules: { '"aud"': 'urn:pulumi:org:acme' } }],
  ['must name an audience', { rules: { sub: 'a', aud: '*' } }],
  ['must name an audience', { rules: { sub: 'a', '"aud"': '?*' } }],
  ['names no claim', { rules: { '': 'a' } }],
  ['names no claim', { rules: { 'a..b': 'a' } }],
  ['names no claim', { rules: { 'a.': 'a' } }],
  ['names no claim', { rules: { '"a': 'a' } }],
  ['must be a pattern', { rules: { sub: '' } }],
  ['must be a pattern', { rules: { sub: 'a\nb' } }],
  ['must be a pattern', { rules: { sub: { like: 'a' } } }],
  ['at most 20 claims', { rules: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`c${n}`, 'a'])) }],
])('refused because it %s: %j', (sentence, change) => {
  const read = readPolicies([ALLOW, { ...ALLOW, ...change }])
  expect(read).toMatchObject({ status: 400, reason: 'invalid_policy' })
  expect(isRefusal(read) && read.message).toContain(sentence)
  expect(isRefusal(read) && read.message).toMatch(
    /^The field "policies" of the body has a fault in policy 1: /,
  )
})

test('there must be one, and not too many', () => {
  expect(readPolicies([])).toMatchObject({ status: 400 })
  expect(readPolicies(Array.from({ length: 51 }, () => ALLOW))).toMatchObject({ status: 400 })
  const long = {
    ...ALLOW,
    rules: Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`c${n}`, 'a'.repeat(500)])),
  }
  expect(readPolicies([long])).toHaveLength(1)
  expect(readPolicies([long, ALLOW])).toMatchObject({
    status: 400,
    message: expect.stringContaining('at most 10000 letters in all patterns together, and has 10015'),
  })
})

test('what clients send for nothing is nothing', () => {
  const nulls = { teamName: null, userLogin: null, runnerID: null, roleID: null, authorizedPermissions: null }
  expect(readPolicies([{ ...ALLOW, ...nulls }])).toEqual([ALLOW])
})

test('each judgement says why a policy says nothing about a token', () => {
  const policies = readPolicies([
    { ...ALLOW, rules: { sub: 'repo:acme/api:*', environment: 'production', groups: 'admin' } },
    { ...ALLOW, tokenType: 'team', teamName: 'ops' },
    ALLOW,
    { ...ALLOW, decision: 'deny', rules: { sub: 'repo:evil/*' } },
  ])
  if (isRefusal(policies)) throw new Error(policies.message)
  const other = { ...claims, aud: ['urn:pulumi:org:other', 'x'.repeat(300)] }
  const audienceReason = `The claim "aud" is "urn:pulumi:org:other", "${'x'.repeat(200)}…", not "${audience}", and no rule is about it.`
  const subject = 'The claim "sub" is "repo:acme/web:ref:refs/heads/main", which does not fit'
  expect(judge(policies, ORGANIZATION, { claims: other, audience })).toEqual({
    isAllowed: false,
    policies: [
      {
        decision: 'allow',
        reasons: [
          audienceReason,
          `${subject} "repo:acme/api:*".`,
          'The claim "environment" is absent, or no text, which does not fit "production".',
          'The claim "groups" is "dev", "ops", which does not fit "admin".',
        ],
      },
      { decision: 'allow', reasons: ['It is about another token than the one that is asked for.'] },
      { decision: 'allow', reasons: [audienceReason] },
      { decision: 'deny', reasons: [`${subject} "repo:evil/*".`] },
    ],
  })
  expect(judge(policies, ORGANIZATION, { claims, audience })).toMatchObject({
    isAllowed: true,
    policies: [{}, {}, { reasons: [] }, {}],
  })
})
