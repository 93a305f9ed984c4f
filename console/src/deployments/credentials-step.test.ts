import { describe, expect, it } from 'vitest'
import { EMPTY_LOG, withLines, withSteps } from '../log/log.ts'
import { credentialsLines, identityIn, refusalsIn } from './credentials-step.ts'

const BEGIN = [
  'Issuer https://daypass.example.com/oidc',
  'Subject pulumi:deploy:org:acme:project:shop:stack:prod:operation:update:scope:write',
  'Audience acme',
]
const ROLE =
  'Role arn:aws:iam::123456789012:role/shop, session name shop-prod, asking https://sts.amazonaws.com/'

describe('The identity that a deployment had', () => {
  it('is what its step says', () => {
    const lines = [...BEGIN, ROLE, 'AWS credentials valid until 2026-11-30T09:13:33.000Z']
    expect(identityIn(lines)).toEqual({
      issuer: 'https://daypass.example.com/oidc',
      subject: 'pulumi:deploy:org:acme:project:shop:stack:prod:operation:update:scope:write',
      audience: 'acme',
      otherAudiences: undefined,
      clouds: [
        {
          cloud: 'AWS',
          says: 'arn:aws:iam::123456789012:role/shop, session shop-prod',
          validUntil: new Date('2026-11-30T09:13:33Z'),
        },
      ],
    })
  })
  it('may be several, at several clouds', () => {
    const lines = [
      ...BEGIN,
      `network: ${ROLE}`,
      'Azure application a1, asking https://login',
      'Google service account shop@acme.iam.gserviceaccount.com, provider //iam/p, asking https://sts',
    ]
    const { clouds } = identityIn(lines) ?? { clouds: [] }
    expect(clouds.map(({ cloud, says }) => `${cloud}: ${says}`)).toEqual([
      'AWS: network: arn:aws:iam::123456789012:role/shop, session shop-prod',
      'Azure: application a1',
      'Google Cloud: shop@acme.iam.gserviceaccount.com, by //iam/p',
    ])
  })
  it('is not known before it is said', () => expect(identityIn([])).toBeUndefined())
})

it('A refusal has its clause, and all that is to be changed', () => {
  const lines = [
    ...BEGIN,
    ROLE,
    'The role trusts stack "dev", but this deployment is of stack "prod" (StringEquals in statement "Shop"). [subject_stack_differs]',
    'What to change: If it may assume this role, add "x" to the values of "y".',
    '  If not, give the stack a role of its own.',
    '  - Look at the account.',
    'A trust policy that lets in this subject and no other:',
    '{',
    '  "Version": "2012-10-17"',
    '}',
    'The same once more by the server.',
  ]
  expect(refusalsIn(lines)).toEqual([
    {
      code: 'subject_stack_differs',
      sentence: 'The role trusts stack "dev", but this deployment is of stack "prod".',
      clause: 'StringEquals in statement "Shop"',
      mend: 'If it may assume this role, add "x" to the values of "y". If not, give the stack a role of its own.',
      checks: ['Look at the account.'],
      policy: '{\n  "Version": "2012-10-17"\n}',
    },
  ])
})

it('The step is found by its name, in a log without it there is none', () => {
  const steps = [{ step: 0, name: 'Fetch credentials via OIDC', status: 'running' }] as const
  const log = withLines(withSteps(EMPTY_LOG, steps), [
    { step: 0, index: 0, timestamp: '', text: '\u001b[1mIssuer\u001b[0m x\n' },
  ])
  expect(credentialsLines(log)).toEqual(['Issuer x'])
  expect(credentialsLines(EMPTY_LOG)).toBeUndefined()
})
