// Roles that other roles assume, asked for with the real AWS SDK.
import { AssumeRoleCommand, type AssumeRoleCommandInput } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import { ACCOUNT, ROLE, refusalOf, startWorld, type World } from './world-for-tests.ts'

const OTHER = '210987654321'
const NEXT = `arn:aws:iam::${OTHER}:role/dns`
const HOME = `arn:aws:iam::${ACCOUNT}:role/home`
const trusting = (principal: string, change: object = {}) => ({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole', ...change },
})
const mayAssume = (resource: string, effect = 'Allow') => ({
  Version: '2012-10-17',
  Statement: { Effect: effect, Action: 'sts:AssumeRole', Resource: resource },
})

function world(trustPolicy: object, policies: readonly object[] = [mayAssume(NEXT)]): Promise<World> {
  return startWorld({
    policies,
    moreRoles: [{ arn: HOME, trustPolicy: trusting(ROLE) }],
    moreAccounts: [{ id: OTHER, roles: [{ arn: NEXT, trustPolicy }] }],
  })
}

async function next(of: World, change: Partial<AssumeRoleCommandInput> = {}, first = {}) {
  const { Credentials: keys } = await of.assume(first)
  const credentials = {
    accessKeyId: keys?.AccessKeyId ?? '',
    secretAccessKey: keys?.SecretAccessKey ?? '',
    sessionToken: keys?.SessionToken ?? '',
  }
  return of
    .sts({ credentials })
    .send(new AssumeRoleCommand({ RoleArn: NEXT, RoleSessionName: 'daypass-1', ...change }))
}

test('a role of another account, by its trust and by what the first may do', async () => {
  const aws = await world(trusting(ROLE))
  const answer = await next(aws)
  expect(answer.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${OTHER}:assumed-role/dns/daypass-1`)
  const { Credentials: keys } = answer
  const program = aws.program({
    accessKeyId: keys?.AccessKeyId ?? '',
    secretAccessKey: keys?.SecretAccessKey ?? '',
    sessionToken: keys?.SessionToken ?? '',
  })
  expect(await program()).toBe(`arn:aws:sts::${OTHER}:assumed-role/dns/daypass-1`)
})

test('within an account the trust policy is enough where it names the role itself', async () => {
  const aws = await world(trusting(ROLE), [])
  expect((await next(aws, { RoleArn: HOME })).AssumedRoleUser?.Arn).toContain(':assumed-role/home/')
  expect(await refusalOf(next(aws))).toMatchObject({ name: 'AccessDenied', code: 'chain_not_permitted' })
})

test.each<[string, object, readonly object[], Partial<AssumeRoleCommandInput>, string | undefined]>([
  ['its account', trusting(OTHER.replace(OTHER, ACCOUNT)), [mayAssume(NEXT)], {}, undefined],
  ['the root of its account', trusting(`arn:aws:iam::${ACCOUNT}:root`), [mayAssume('*')], {}, undefined],
  [
    'its session',
    trusting(`arn:aws:sts::${ACCOUNT}:assumed-role/deploy/daypass-1`),
    [mayAssume(NEXT)],
    {},
    undefined,
  ],
  ['another role', trusting(HOME), [mayAssume(NEXT)], {}, 'chain_not_trusted'],
  ['another account', trusting(OTHER), [mayAssume(NEXT)], {}, 'chain_not_trusted'],
  [
    'another action',
    trusting(ROLE, { Action: 'sts:TagSession' }),
    [mayAssume(NEXT)],
    {},
    'chain_not_trusted',
  ],
  ['a role that may not', trusting(ROLE), [mayAssume(HOME)], {}, 'chain_not_permitted'],
  [
    'a role that is denied it',
    trusting(ROLE),
    [mayAssume('*'), mayAssume(NEXT, 'Deny')],
    {},
    'chain_not_permitted',
  ],
  [
    'no external id',
    trusting(ROLE, { Condition: { StringEquals: { 'sts:ExternalId': 'x-1' } } }),
    [mayAssume(NEXT)],
    {},
    'chain_condition',
  ],
  [
    'another external id',
    trusting(ROLE, { Condition: { StringEquals: { 'sts:ExternalId': 'x-1' } } }),
    [mayAssume(NEXT)],
    { ExternalId: 'x-2' },
    'chain_condition',
  ],
  [
    'the external id',
    trusting(ROLE, { Condition: { StringEquals: { 'sts:ExternalId': 'x-1' } } }),
    [mayAssume(NEXT)],
    { ExternalId: 'x-1' },
    undefined,
  ],
  ['a role that is not there', trusting(ROLE), [mayAssume('*')], { RoleArn: `${NEXT}2` }, 'role_missing'],
])('trust in %s', async (_, trustPolicy, policies, change, code) => {
  const asked = next(await world(trustPolicy, policies), change)
  if (code === undefined) expect((await asked).Credentials?.SessionToken).toBeTruthy()
  else expect(await refusalOf(asked)).toMatchObject({ name: 'AccessDenied', status: 403, code })
})

test('a Deny in the trust policy wins', async () => {
  const allow = trusting(ROLE).Statement
  const both = { Version: '2012-10-17', Statement: [allow, { ...allow, Effect: 'Deny' }] }
  expect(await refusalOf(next(await world(both)))).toMatchObject({ code: 'explicit_deny' })
})

test('an hour at most, and nobody who is not known', async () => {
  const aws = await world(trusting(ROLE))
  expect(await refusalOf(next(aws, { DurationSeconds: 3601 }))).toMatchObject({
    name: 'ValidationError',
    message: expect.stringContaining('1 hour session limit for roles assumed by role chaining'),
  })
  const stranger = aws.sts().send(new AssumeRoleCommand({ RoleArn: NEXT, RoleSessionName: 'x1' }))
  expect(await refusalOf(stranger)).toMatchObject({ name: 'InvalidClientTokenId' })
})

test('a session that was narrowed assumes nothing more', async () => {
  const first = { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }] }
  const aws = await world(trusting(ROLE))
  expect(await refusalOf(next(aws, {}, first))).toMatchObject({ code: 'chain_not_permitted' })
})
