import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import { badTokens, FAULTS, type Fault } from '../../../test/harness/bad-tokens.ts'
import { SUBJECT } from '../issuer/issuer-for-tests.ts'
import { ACCOUNT, ROLE, refusalOf, startWorld, trustPolicyOf } from './world-for-tests.ts'

const NOT_AUTHORIZED = 'Not authorized to perform sts:AssumeRoleWithWebIdentity'
const NO_KEY = /Couldn't retrieve verification key from your identity provider/

test('a trusted token is exchanged for temporary credentials', async () => {
  const { assume, issuer, aws } = await startWorld()
  const answer = await assume()
  expect(answer.Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/)
  expect(answer.Credentials?.SecretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/)
  expect(answer.AssumedRoleUser).toMatchObject({
    Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/deploy/daypass-1`,
    AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:daypass-1$/),
  })
  expect(answer.SubjectFromWebIdentityToken).toBe(SUBJECT)
  expect(answer.Audience).toBe('acme')
  expect(answer.Provider).toBe(`arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer.url.replace('http://', '')}`)
  const seconds = ((answer.Credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 1000
  expect(Math.abs(seconds - 3600)).toBeLessThan(5)
  expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/)
  expect(issuer.asked).toEqual(['/oidc/.well-known/openid-configuration', '/oidc/jwks'])
  expect(aws.requests).toMatchObject([{ action: 'AssumeRoleWithWebIdentity', roleArn: ROLE, outcome: 'ok' }])
})

test('two exchanges give different credentials', async () => {
  const { assume } = await startWorld()
  const [one, other] = [await assume(), await assume()]
  expect(one.Credentials?.AccessKeyId).not.toBe(other.Credentials?.AccessKeyId)
  expect(one.Credentials?.SecretAccessKey).not.toBe(other.Credentials?.SecretAccessKey)
  expect(one.AssumedRoleUser?.AssumedRoleId).toBe(other.AssumedRoleUser?.AssumedRoleId)
})

test('a duration within the limits of the role is kept to', async () => {
  const { assume } = await startWorld({ maxSessionDurationSeconds: 7200 })
  const answer = await assume({ DurationSeconds: 900 })
  expect(((answer.Credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 1000).toBeLessThanOrEqual(900)
  expect((await assume({ DurationSeconds: 7200 })).Credentials).toBeDefined()
})

test('session policies are taken, and their size is told', async () => {
  const { assume } = await startWorld()
  const answer = await assume({
    PolicyArns: [
      { arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
      { arn: `arn:aws:iam::${ACCOUNT}:policy/team/x` },
    ],
    Policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
    }),
  })
  expect(answer.PackedPolicySize).toBeGreaterThan(0)
  expect(answer.PackedPolicySize).toBeLessThan(100)
})

// --- the trust policy ------------------------------------------------------------------------------------------------

test('a role that does not trust the subject refuses as AWS does, and explains as only this cloud does', async () => {
  const world = await startWorld({
    trustPolicy: (issuer) => trustPolicyOf(issuer, { sub: SUBJECT.replace('stack:dev', 'stack:prod') }),
  })
  expect(await refusalOf(world.assume())).toEqual({
    name: 'AccessDenied',
    status: 403,
    message: NOT_AUTHORIZED,
    code: 'subject_stack_differs',
  })
  expect(world.aws.requests.at(-1)?.explanation).toContain('stack "prod"')
})

test('an audience that differs in case is refused by the policy', async () => {
  const world = await startWorld({
    trustPolicy: (issuer) => trustPolicyOf(issuer, { sub: SUBJECT, aud: 'Acme' }),
  })
  expect(await refusalOf(world.assume())).toMatchObject({
    name: 'AccessDenied',
    code: 'audience_case_policy',
  })
})

test('an audience that differs in case is refused by the provider', async () => {
  const world = await startWorld({ audiences: ['Acme'] })
  expect(await refusalOf(world.assume())).toEqual({
    name: 'InvalidIdentityTokenException',
    status: 400,
    message: 'Incorrect token audience',
    code: 'audience_case_provider',
  })
})

test('a role that does not exist is refused like one that does not trust', async () => {
  const { assume } = await startWorld()
  const refusal = await refusalOf(assume({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/other` }))
  expect(refusal).toEqual({
    name: 'AccessDenied',
    status: 403,
    message: NOT_AUTHORIZED,
    code: 'role_missing',
  })
})

test('the trust policy may ask for the session name', async () => {
  const world = await startWorld({
    trustPolicy: (issuer) => {
      const policy = trustPolicyOf(issuer) as { Statement: { Condition: object } }
      policy.Statement.Condition = {
        ...policy.Statement.Condition,
        StringLike: { 'sts:RoleSessionName': 'daypass-*' },
      }
      return policy
    },
  })
  expect((await world.assume()).Credentials).toBeDefined()
  expect(await refusalOf(world.assume({ RoleSessionName: 'other' }))).toMatchObject({ name: 'AccessDenied' })
})

// --- the token ---------------------------------------------------------------------------------------------------------

test('an expired token is refused, to the second', async () => {
  const world = await startWorld()
  const WebIdentityToken = await world.issuer.token()
  world.wait(298)
  expect((await world.assume({ WebIdentityToken })).Credentials).toBeDefined()
  world.wait(2)
  const refusal = await refusalOf(world.assume({ WebIdentityToken }))
  expect(refusal).toMatchObject({ name: 'ExpiredTokenException', status: 400 })
  expect(refusal.message).toMatch(
    /^Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/,
  )
})

test('a token from the future is refused', async () => {
  const { assume, issuer } = await startWorld()
  const later = Math.floor(Date.now() / 1000) + 100
  for (const claims of [{ nbf: later }, { iat: later }, { nbf: 'soon' }]) {
    expect(await refusalOf(assume({ WebIdentityToken: await issuer.token(claims) }))).toMatchObject({
      name: 'InvalidIdentityTokenException',
    })
  }
})

test('each bad token is refused with the error that AWS has for it', async () => {
  const { assume, issuer } = await startWorld()
  const bad = await badTokens(issuer.signer(), issuer.claims())
  const outcomes: Partial<Record<Fault, string>> = {}
  for (const fault of FAULTS) {
    const granted = assume({ WebIdentityToken: bad[fault] }).then(() => 'ok')
    outcomes[fault] = await granted.catch((error: Error) => error.name)
  }
  expect(outcomes).toEqual({
    ...Object.fromEntries(FAULTS.map((fault) => [fault, 'InvalidIdentityTokenException'])),
    expired: 'ExpiredTokenException',
    // Any audience of a list that the provider has is as good as one alone.
    'an audience in a list': 'ok',
    'an audience among others': 'ok',
    'a megabyte': 'RequestEntityTooLarge',
  })
})

test('a token of a key that nobody knows is refused', async () => {
  const { assume, issuer } = await startWorld()
  await assume()
  await issuer.rotate({ published: false })
  const refusal = await refusalOf(assume())
  expect(refusal).toMatchObject({ name: 'InvalidIdentityTokenException', status: 400 })
  expect(refusal.message).toMatch(NO_KEY)
})

test.each(['iss', 'sub', 'aud', 'exp', 'iat'])('a token without %s is refused', async (claim) => {
  const { assume, issuer } = await startWorld()
  const WebIdentityToken = await issuer.token({ [claim]: undefined })
  expect(await refusalOf(assume({ WebIdentityToken }))).toMatchObject({
    name: 'InvalidIdentityTokenException',
    message: `Missing a required claim: ${claim}`,
  })
})

test('what is no token is refused', async () => {
  const { assume } = await startWorld()
  for (const WebIdentityToken of ['no token', 'a.b.c', `${'x'.repeat(100)}`]) {
    const refusal = await refusalOf(assume({ WebIdentityToken }))
    expect(refusal).toMatchObject({ name: 'InvalidIdentityTokenException' })
    expect(refusal.message).toContain('is not a valid JWT')
  }
})

// --- the provider --------------------------------------------------------------------------------------------------------

test('without a provider the account is named, and what to run', async () => {
  const world = await startWorld({ withProvider: false })
  expect(await refusalOf(world.assume())).toEqual({
    name: 'InvalidIdentityTokenException',
    status: 400,
    message: `No OpenIDConnect provider found in your account for ${world.issuer.url}`,
    code: 'provider_missing',
  })
  expect(world.issuer.asked).toEqual([])
})

test('a token of an issuer that differs by a slash is refused, and the slash is pointed at', async () => {
  const { assume, issuer } = await startWorld()
  const WebIdentityToken = await issuer.token({ iss: `${issuer.url}/` })
  expect(await refusalOf(assume({ WebIdentityToken }))).toMatchObject({ code: 'provider_url_trailing_slash' })
})

test('an account that this cloud does not have has no provider', async () => {
  const { assume } = await startWorld()
  const refusal = await refusalOf(assume({ RoleArn: 'arn:aws:iam::999999999999:role/deploy' }))
  expect(refusal).toMatchObject({ name: 'InvalidIdentityTokenException', code: 'provider_missing' })
})

test('an issuer over http beyond loopback is never asked', async () => {
  const { assume, issuer } = await startWorld()
  const WebIdentityToken = await issuer.token({ iss: 'http://daypass.example.com/oidc' })
  expect(await refusalOf(assume({ WebIdentityToken }))).toMatchObject({ code: 'provider_missing' })
  expect(issuer.asked).toEqual([])
})

// --- the request ---------------------------------------------------------------------------------------------------------

test('a duration over the limit of the role is refused', async () => {
  const { assume } = await startWorld()
  expect(await refusalOf(assume({ DurationSeconds: 3601 }))).toEqual({
    name: 'ValidationError',
    status: 400,
    message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    code: 'duration_over_role_maximum',
  })
})

test.each<[object, string]>([
  [
    { DurationSeconds: 899 },
    "'899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater",
  ],
  [
    { DurationSeconds: 43_201 },
    "'43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less",
  ],
  [
    { RoleSessionName: 'x' },
    "'x' at 'roleSessionName' failed to satisfy constraint: Member must have length greater",
  ],
  [{ RoleSessionName: 'x'.repeat(65) }, 'Member must have length less than or equal to 64'],
  [{ RoleSessionName: 'a b' }, 'Member must satisfy regular expression pattern: [\\w+=,.@-]*'],
  [{ RoleSessionName: 'a:b' }, "'a:b' at 'roleSessionName'"],
  [
    { RoleArn: 'short' },
    "'short' at 'roleArn' failed to satisfy constraint: Member must have length greater",
  ],
  [{ RoleArn: 'arn:aws:iam::1:role/deploy' }, 'arn:aws:iam::1:role/deploy is invalid'],
  [{ ProviderId: 'www.amazon.com' }, 'ProviderId'],
  [{ PolicyArns: Array.from({ length: 11 }, () => ({ arn: 'arn:aws:iam::aws:policy/x' })) }, "'policyArns'"],
  [{ PolicyArns: [{ arn: 'arn:aws:iam::999999999999:policy/x' }] }, 'is not valid'],
  [{ PolicyArns: [{ arn: 'not an arn' }] }, 'is not valid'],
])('%j is refused', async (changes, words) => {
  const { assume } = await startWorld()
  const refusal = await refusalOf(assume(changes))
  expect(refusal).toMatchObject({ name: 'ValidationError', status: 400 })
  expect(refusal.message).toContain(words)
})

test('several mistakes are told at once, and a token is never repeated', async () => {
  const { sts } = await startWorld()
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: ROLE,
    RoleSessionName: ' ',
    WebIdentityToken: 'abc',
  })
  const { message } = await refusalOf(sts().send(command))
  expect(message).toMatch(/^3 validation errors detected: /)
  expect(message).not.toContain('abc')
})

const statement = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
test.each<[string, string | object, string]>([
  ['MalformedPolicyDocumentException', '{', 'invalid Json'],
  ['MalformedPolicyDocumentException', '{"Statement":[],"Statement":[]}', 'invalid Json'],
  ['MalformedPolicyDocumentException', { Statement: [] }, 'Syntax'],
  ['MalformedPolicyDocumentException', { Version: '2020-01-01', Statement: statement }, 'Syntax'],
  ['MalformedPolicyDocumentException', { Statement: statement, More: 1 }, 'Syntax'],
  ['MalformedPolicyDocumentException', { Statement: { ...statement, Effect: 'allow' } }, 'Syntax'],
  ['MalformedPolicyDocumentException', { Statement: { ...statement, Principal: '*' } }, 'principal'],
  ['MalformedPolicyDocumentException', { Statement: { Effect: 'Allow', Resource: '*' } }, 'actions'],
  ['MalformedPolicyDocumentException', { Statement: { Effect: 'Allow', Action: 's3:*' } }, 'resources'],
  [
    'PackedPolicyTooLargeException',
    { Statement: { ...statement, Action: `s3:${'x'.repeat(2048)}` } },
    '% of allotted space',
  ],
])('%s: %j', async (name, policy, words) => {
  const { assume } = await startWorld()
  const Policy = typeof policy === 'string' ? policy : JSON.stringify(policy)
  const refusal = await refusalOf(assume({ Policy }))
  expect(refusal).toMatchObject({ name, status: 400 })
  expect(refusal.message).toContain(words)
})

test('the log names what happened, and neither tokens nor secrets', async () => {
  const { assume, log, issuer } = await startWorld()
  const WebIdentityToken = await issuer.token()
  const answer = await assume({ WebIdentityToken })
  await refusalOf(assume({ WebIdentityToken: `${WebIdentityToken}x` }))
  const text = log.join('\n')
  expect(text).toContain(`AssumeRoleWithWebIdentity ${ROLE} daypass-1 ok`)
  for (const secret of [
    WebIdentityToken,
    answer.Credentials?.SecretAccessKey,
    answer.Credentials?.SessionToken,
  ]) {
    expect(text).not.toContain(secret)
  }
})
