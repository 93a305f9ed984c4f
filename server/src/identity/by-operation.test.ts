import { OPERATIONS } from '@daypass/trust/subject.ts'
import { expect, test } from 'vitest'
import { actingIdentity } from './by-operation.ts'

const aws = (name: string, partition = 'aws') => ({
  roleArn: `arn:${partition}:iam::123456789012:role/${name}`,
  sessionName: 's',
})
const azure = { clientId: 'c', tenantId: 't' }
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess'

test('another identity takes the place of the settings’, for its operation and its cloud', () => {
  const oidc = { aws: aws('writer'), azure }
  const identity = { operations: { preview: { aws: aws('reader') } }, named: {}, readOnlyPreviews: false }
  for (const operation of OPERATIONS) {
    expect(actingIdentity(operation, oidc, identity)).toEqual({
      oidc: operation === 'preview' ? { aws: aws('reader'), azure } : oidc,
      named: {},
      withheld: false,
    })
  }
  expect(actingIdentity('preview', undefined, identity).oidc).toEqual({ aws: aws('reader') })
  expect(actingIdentity('update', undefined, identity).oidc).toBeUndefined()
})

test('read-only previews act as nobody but the role for previews, with AWS’s own reading policy alone', () => {
  const oidc = {
    aws: { ...aws('writer'), policyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
    azure,
  }
  const operations = { preview: { aws: aws('reader') } }
  const identity = { operations, named: {}, readOnlyPreviews: true }
  for (const operation of ['preview', 'detect-drift'] as const) {
    expect(actingIdentity(operation, oidc, identity)).toEqual({
      oidc: { aws: { ...aws('reader'), policyArns: [READ_ONLY] } },
      named: {},
      withheld: true,
    })
  }
  for (const operation of ['update', 'refresh', 'destroy', 'remediate-drift'] as const) {
    expect(actingIdentity(operation, oidc, identity)).toEqual({ oidc, named: {}, withheld: false })
  }
  const drift = {
    ...identity,
    operations: { ...operations, 'detect-drift': { aws: aws('drift', 'aws-cn') } },
  }
  expect(actingIdentity('detect-drift', oidc, drift).oidc?.aws).toEqual({
    ...aws('drift', 'aws-cn'),
    policyArns: ['arn:aws-cn:iam::aws:policy/ReadOnlyAccess'],
  })
})

test('further identities stand beside it, and none of them in a read-only preview', () => {
  const identity = { operations: { preview: { aws: aws('reader') } }, named: { dns: { aws: aws('dns') } } }
  expect(actingIdentity('update', undefined, { ...identity, readOnlyPreviews: true })).toEqual({
    oidc: undefined,
    named: identity.named,
    withheld: false,
  })
  expect(actingIdentity('preview', undefined, { ...identity, readOnlyPreviews: false }).named).toEqual(
    identity.named,
  )
  expect(actingIdentity('preview', undefined, { ...identity, readOnlyPreviews: true }).named).toEqual({})
})

test('read-only previews act on every cloud as the identities that are named for them', () => {
  const gcp = { projectId: '1', workloadPoolId: 'w', providerId: 'p', serviceAccount: 'reader@x' }
  const identity = { operations: { preview: { azure, gcp } }, named: {}, readOnlyPreviews: true }
  expect(actingIdentity('preview', { aws: aws('writer') }, identity)).toEqual({
    oidc: { azure, gcp },
    named: {},
    withheld: true,
  })
  const drift = { ...gcp, serviceAccount: 'drift@x' }
  const own = { ...identity, operations: { ...identity.operations, 'detect-drift': { gcp: drift } } }
  expect(actingIdentity('detect-drift', undefined, own).oidc).toEqual({ azure, gcp: drift })
})

test('without a role for previews they act as nobody at all', () => {
  const oidc = { aws: aws('writer') }
  expect(actingIdentity('preview', oidc, { operations: {}, named: {}, readOnlyPreviews: true })).toEqual({
    oidc: undefined,
    named: {},
    withheld: true,
  })
})
