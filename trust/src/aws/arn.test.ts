import { expect, test } from 'vitest'
import { assumedRoleArnOf, issuerKeyOf, parseProviderArn, parseRoleArn, providerArnOf } from './arn.ts'

test.each([
  ['arn:aws:iam::123456789012:role/deploy', 'aws', 'deploy', '/'],
  ['arn:aws-cn:iam::123456789012:role/team/ci/deploy', 'aws-cn', 'deploy', '/team/ci/'],
  ['arn:aws-us-gov:iam::123456789012:role/a+b=c,d.e@f-g_h', 'aws-us-gov', 'a+b=c,d.e@f-g_h', '/'],
])('%s is a role', (arn, partition, name, path) => {
  expect(parseRoleArn(arn)).toEqual({ arn, partition, accountId: '123456789012', name, path })
})

test.each([
  '',
  'deploy',
  'arn:aws:iam::123456789012:role/',
  'arn:aws:iam::123456789012:role/a b',
  'arn:aws:iam::123456789012:role/a:b',
  'arn:aws:iam::123456789012:user/deploy',
  'arn:aws:iam::12345678901:role/deploy',
  'arn:aws:iam:us-east-1:123456789012:role/deploy',
  'arn:aws:sts::123456789012:assumed-role/deploy/x',
  'arn:AWS:iam::123456789012:role/deploy',
  'arn:aws:iam::123456789012:role/deploy\n',
  ` arn:aws:iam::123456789012:role/deploy`,
  `arn:aws:iam::123456789012:role/${'x'.repeat(65)}`,
  `arn:aws:iam::123456789012:role/${'x/'.repeat(1024)}deploy`,
])('%j is no role', (arn) => {
  expect(parseRoleArn(arn)).toBeUndefined()
})

test('a role that was assumed is known without its path', () => {
  const role = parseRoleArn('arn:aws-cn:iam::123456789012:role/team/deploy')
  expect(role && assumedRoleArnOf(role, 'run-1')).toBe(
    'arn:aws-cn:sts::123456789012:assumed-role/deploy/run-1',
  )
})

test.each([
  ['https://daypass.example.com/oidc', 'daypass.example.com/oidc'],
  ['http://127.0.0.1:4300/oidc', '127.0.0.1:4300/oidc'],
  ['https://daypass.example.com', 'daypass.example.com'],
  ['https://daypass.example.com/', 'daypass.example.com/'],
])('the issuer %s is %s to AWS', (issuerUrl, key) => {
  expect(issuerKeyOf(issuerUrl)).toBe(key)
  const arn = providerArnOf(issuerUrl, '123456789012', 'aws')
  expect(parseProviderArn(arn)).toEqual({ arn, partition: 'aws', accountId: '123456789012', issuer: key })
})

test.each([
  'arn:aws:iam::123456789012:oidc-provider/',
  'arn:aws:iam::1:oidc-provider/x',
  'oidc-provider/x',
  'arn:aws:iam::123456789012:saml-provider/x',
])('%s is no OIDC provider', (arn) => {
  expect(parseProviderArn(arn)).toBeUndefined()
})
