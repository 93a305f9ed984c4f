// The claims that the server signs, exchanged by the runner at the strict local AWS, whose role allows tags or does not.
import { SESSION_TAGS } from '@daypass/contract/identity.ts'
import { SESSION_TAGS_CLAIM } from '@daypass/trust/aws/session-tags.ts'
import { expect, test } from 'vitest'
import { ROLE, startWorld, trustPolicyOf, type World } from '../local-clouds/src/aws/world-for-tests.ts'
import { assumeAwsRole } from '../runner/src/job/exchange/aws.ts'
import { spiedServices } from '../runner/src/job/exchange/cloud-for-tests.ts'
import { claimsOf } from '../server/src/issuer/issuer.ts'
import { MINT_REQUEST } from './harness/mints.ts'

const NAMES = { organization: 'acme', project: 'web', stack: 'dev' }

/** @param condition Beside subject and audience. */
function world(actions: readonly string[], condition: object = {}): Promise<World> {
  return startWorld({
    trustPolicy: (issuer) => {
      const policy = trustPolicyOf(issuer) as { Statement: { Action: unknown; Condition: object } }
      policy.Statement.Action = actions.map((action) => `sts:${action}`)
      policy.Statement.Condition = { ...policy.Statement.Condition, ...condition }
      return policy
    },
  })
}

async function exchange(of: World) {
  const { services, said } = spiedServices()
  const result = await assumeAwsRole({
    ...services,
    // As the server does it: only a token for AWS brings tags.
    mint: async (cloud) => {
      const answer = await services.mint()
      if (answer.kind !== 'ok') return answer
      const sessionTags = cloud === 'aws' ? SESSION_TAGS : []
      const request = { ...MINT_REQUEST, ...NAMES, audience: 'acme', sessionTags }
      const claims = claimsOf(request, { issuerUrl: of.issuer.url, jti: 'j', at: new Date() })
      return { ...answer, value: { ...answer.value, token: await of.issuer.token({ ...claims }) } }
    },
    identity: { issuerUrl: of.issuer.url },
    aws: { roleArn: ROLE, sessionName: 'web', durationSeconds: 900, policyArns: [] },
    names: { ...NAMES, operation: 'update', deploymentVersion: 7, deploymentId: '1' },
    region: undefined,
    stsUrl: of.aws.url,
  })
  return { result, log: said.join('\n') }
}

test('a role that allows sts:TagSession takes a token with tags, and may ask for them', async () => {
  const asking = {
    Null: { 'aws:RequestTag/commit': 'true' },
    StringLike: { 'aws:RequestTag/deployment': '7' },
  }
  const { result } = await exchange(await world(['AssumeRoleWithWebIdentity', 'TagSession'], asking))
  expect(result).toMatchObject({ ok: true })
})

test('a role that does not refuses in AWS’s words, and the log says which action to add', async () => {
  const aws = await world(['AssumeRoleWithWebIdentity'])
  const { result, log } = await exchange(aws)
  expect(result).toMatchObject({ ok: false, failure: { code: 'aws_refused' } })
  expect(log).toMatch(/The token brings session tags.* does not allow "sts:TagSession"/)
  expect(log).toContain('"Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]')
  expect(aws.aws.requests[0]?.outcome).toBe('AccessDenied')
})

test('tags of which one is malformed are refused before any policy', async () => {
  const aws = await world(['AssumeRoleWithWebIdentity', 'TagSession'])
  const token = await aws.issuer.token({ [SESSION_TAGS_CLAIM]: { principal_tags: { org: ['a*'] } } })
  await expect(aws.assume({ WebIdentityToken: token })).rejects.toThrow('session tags of the ID Token')
})
