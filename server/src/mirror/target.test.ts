import { expect, test } from 'vitest'
import { StartRefusal } from '../start-refusal.ts'
import { readMirrorTarget } from './target.ts'

const ROLE = 'arn:aws:iam::123456789012:role/daypass-keys'
const PROVIDER = 'projects/123456/locations/global/workloadIdentityPools/daypass/providers/daypass'
const TENANT = '11111111-2222-4333-8444-555555555555'

test.each([
  ['/srv/www/oidc/', { kind: 'folder', folder: '/srv/www/oidc', shown: '/srv/www/oidc' }],
  ['by-hand', { kind: 'by-hand', shown: 'by-hand' }],
  [
    'https://keys.example.com/oidc/',
    {
      kind: 'put',
      url: 'https://keys.example.com/oidc',
      audience: 'https://keys.example.com',
      shown: 'https://keys.example.com/oidc',
    },
  ],
  [
    'https://keys.example.com/oidc?header-file=/etc/daypass/header',
    {
      kind: 'put',
      url: 'https://keys.example.com/oidc',
      headerFile: '/etc/daypass/header',
      shown: 'https://keys.example.com/oidc',
    },
  ],
  [
    `s3://keys.example.com/oidc?region=cn-north-1&role=${ROLE.replace('arn:aws', 'arn:aws-cn')}`,
    {
      kind: 's3',
      bucket: 'keys.example.com',
      prefix: '/oidc',
      region: 'cn-north-1',
      roleArn: ROLE.replace('arn:aws', 'arn:aws-cn'),
      audience: 'sts.amazonaws.com',
      endpoint: undefined,
      stsUrl: 'https://sts.cn-north-1.amazonaws.com.cn',
      shown: 's3://keys.example.com/oidc',
    },
  ],
  [
    `s3://keys?region=us-east-1&role=${ROLE}&endpoint=https://s3.internal/&audience=a%26b`,
    {
      kind: 's3',
      bucket: 'keys',
      prefix: '',
      region: 'us-east-1',
      roleArn: ROLE,
      audience: 'a&b',
      endpoint: 'https://s3.internal',
      stsUrl: 'https://s3.internal',
      shown: 's3://keys',
    },
  ],
  [
    `gs://keys/oidc?provider=${PROVIDER}&service-account=keys@acme.iam.gserviceaccount.com`,
    {
      kind: 'google',
      bucket: 'keys',
      prefix: '/oidc',
      provider: PROVIDER,
      serviceAccount: 'keys@acme.iam.gserviceaccount.com',
      audience: `https://iam.googleapis.com/${PROVIDER}`,
      endpoint: 'https://storage.googleapis.com',
      stsUrl: 'https://sts.googleapis.com',
      iamUrl: 'https://iamcredentials.googleapis.com',
      shown: 'gs://keys/oidc',
    },
  ],
  [
    `azure://acmekeys/$web/oidc?tenant=${TENANT}&client=${TENANT}`,
    {
      kind: 'azure',
      account: 'acmekeys',
      container: '$web',
      prefix: '/oidc',
      tenantId: TENANT,
      clientId: TENANT,
      audience: 'api://AzureADTokenExchange',
      endpoint: 'https://acmekeys.blob.core.windows.net',
      authorityUrl: 'https://login.microsoftonline.com',
      shown: 'azure://acmekeys/$web/oidc',
    },
  ],
])('%s is a place', (given, target) => {
  expect(readMirrorTarget(given)).toEqual(target)
})

test.each([
  ['', 'must be a folder, by-hand'],
  ['srv/www', 'must be a folder, by-hand'],
  ['ftp://keys.example.com', 'must be a folder, by-hand'],
  ['https://user:secret@keys.example.com', 'names no place'],
  ['https://keys.example.com/../secret', 'names no place'],
  ['https://keys.example.com/a b', 'names no place'],
  ['https://keys.example.com/#x', 'must be a folder, by-hand'],
  ['http://keys.example.com/oidc', 'must be https'],
  ['https://keys.example.com?token=abc', 'has no option "token" there; known are audience, header-file'],
  ['https://keys.example.com?audience=a&audience=b', 'says audience twice'],
  ['https://keys.example.com?audience=a&header-file=/x', 'not both'],
  ['https://keys.example.com?audience=%zz', 'not percent-encoded'],
  ['https://keys.example.com?audience=a%20b', 'has a wrong value of audience'],
  [`s3://keys?role=${ROLE}`, 'needs region=, such as region=eu-west-1'],
  ['s3://keys?region=eu-west-1', 'needs role=, such as role=arn:aws:iam::'],
  ['s3://keys?region=eu-west-1&role=admin', 'has a wrong value of role'],
  ['s3://keys?region=eu-west-1&role=arn:aws:iam::123456789012:user/x', 'no ARN of one'],
  [`s3://Keys?region=eu-west-1&role=${ROLE}`, 'has a bucket that cannot be called so'],
  [`s3://keys?region=eu-west-1&role=${ROLE}&endpoint=http://s3.internal`, 'must be https'],
  [`s3://keys?region=eu-west-1&role=${ROLE}&endpoint=s3.internal`, 'has no plain URL in endpoint='],
  ['gs://keys', 'needs provider='],
  ['gs://keys?provider=daypass', 'has a wrong value of provider'],
  [`gs://keys?provider=${PROVIDER}&service-account=bob@example.com`, 'has a wrong value of service-account'],
  [`azure://acmekeys?tenant=${TENANT}&client=${TENANT}`, 'has a container that cannot be called so'],
  [`azure://acmekeys/keys?tenant=acme&client=${TENANT}`, 'has a wrong value of tenant'],
])('%s is refused at the start: %s', (given, sentence) => {
  expect(() => readMirrorTarget(given)).toThrow(StartRefusal)
  expect(() => readMirrorTarget(given)).toThrow(sentence)
})
