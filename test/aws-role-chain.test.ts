// The runner goes from role to role at the strict local AWS, and says which of them was refused, and by which side.
import { expect, test } from 'vitest'
import { ACCOUNT, ROLE, startWorld, type World } from '../local-clouds/src/aws/world-for-tests.ts'
import { assumeAwsRole } from '../runner/src/job/exchange/aws.ts'
import { spiedServices } from '../runner/src/job/exchange/cloud-for-tests.ts'

const [SECOND, THIRD] = [`arn:aws:iam::${ACCOUNT}:role/second`, 'arn:aws:iam::210987654321:role/third']
const trusting = (principal: string, condition: object = {}) => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: 'sts:AssumeRole',
    Condition: condition,
  },
})
const mayAssume = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'sts:*', Resource: '*' } }

function world(
  third: object = trusting(SECOND, { StringEquals: { 'sts:ExternalId': 'x-1' } }),
): Promise<World> {
  return startWorld({
    policies: [mayAssume],
    moreRoles: [{ arn: SECOND, trustPolicy: trusting(ROLE), policies: [mayAssume] }],
    moreAccounts: [{ id: '210987654321', roles: [{ arn: THIRD, trustPolicy: third }] }],
  })
}

function exchange(of: World, externalId: string | null = 'x-1') {
  const { services, said, hidden } = spiedServices()
  const result = assumeAwsRole({
    ...services,
    mint: async () => {
      const answer = await services.mint()
      if (answer.kind !== 'ok') return answer
      return { ...answer, value: { ...answer.value, token: await of.issuer.token() } }
    },
    identity: { issuerUrl: of.issuer.url },
    aws: {
      roleArn: ROLE,
      sessionName: 'web-${deployment.version}',
      durationSeconds: 1800,
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      chain: [
        { roleArn: SECOND, externalId: null },
        { roleArn: THIRD, externalId },
      ],
    },
    names: {
      organization: 'acme',
      project: 'web',
      stack: 'dev',
      operation: 'update',
      deploymentVersion: 7,
      deploymentId: '1',
    },
    region: undefined,
    stsUrl: of.aws.url,
  })
  return { result, said, hidden }
}

test('three roles in two accounts, one session name, and the session policy is the last one’s', async () => {
  const aws = await world()
  // The clouds' clock decides, however wrong this machine's is.
  aws.wait(20 * 60)
  const { result, said, hidden } = exchange(aws)
  const granted = await result
  if (!granted.ok) throw new Error(granted.failure.message)
  const { accessKeyId, secretAccessKey, sessionToken, sessionSeconds } = granted.granted
  expect(sessionSeconds).toBe(1800)
  expect(hidden).toEqual(expect.arrayContaining([accessKeyId, secretAccessKey, sessionToken]))
  expect(hidden).toHaveLength(9)
  expect(said[0]).toContain(`Role ${ROLE}, then ${SECOND}, then ${THIRD}, session name web-7`)
  expect(aws.aws.requests.map(({ action, sessionName, outcome }) => [action, sessionName, outcome])).toEqual([
    ['AssumeRoleWithWebIdentity', 'web-7', 'ok'],
    ['AssumeRole', 'web-7', 'ok'],
    ['AssumeRole', 'web-7', 'ok'],
  ])
})

test('which role was refused, and what to change', async () => {
  const { result, said } = exchange(await world(), 'x-2')
  expect(await result).toMatchObject({ ok: false, failure: { code: 'aws_refused' } })
  const log = said.join('\n')
  expect(log).toContain(`Role 3 of the chain, ${THIRD}, was refused to ${SECOND}: `)
  expect(log).toMatch(/only if StringEquals sts:ExternalId \["x-1"\], and the request has \["x-2"\]/)
  expect(log).toMatch(/What to change: Set "externalId" of this role/)

  const untrusted = exchange(await world(trusting(ROLE)))
  await untrusted.result
  expect(untrusted.said.join('\n')).toContain(
    `What to change: Add to it: {"Effect":"Allow","Principal":{"AWS":"${SECOND}"},"Action":"sts:AssumeRole"}`,
  )
})
