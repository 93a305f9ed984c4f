import { expect, test } from 'vitest'
import { issuerRefusal, leniencyOf, mayBeFetched } from '../issuer/issuer-url.ts'
import { readLocalAwsConfig } from './config.ts'

const trustPolicy = {
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/daypass.example.com/oidc' },
    Action: 'sts:AssumeRoleWithWebIdentity',
  },
}
const provider = { url: 'https://daypass.example.com/oidc', audiences: ['acme'] }
const role = { arn: 'arn:aws:iam::123456789012:role/deploy', trustPolicy }
const account = { id: '123456789012', oidcProviders: [provider], roles: [role] }
const withAccount = (changes: object) => ({ accounts: [{ ...account, ...changes }] })
const withRole = (changes: object) => withAccount({ roles: [{ ...role, ...changes }] })
const withProvider = (changes: object) => withAccount({ oidcProviders: [{ ...provider, ...changes }] })

test('a whole configuration is read, with its defaults', () => {
  const read = readLocalAwsConfig({ accounts: [account] })
  expect(read).toMatchObject({
    ok: true,
    config: {
      accounts: [
        {
          id: '123456789012',
          partition: 'aws',
          providers: [
            {
              arn: 'arn:aws:iam::123456789012:oidc-provider/daypass.example.com/oidc',
              issuerUrl: provider.url,
              audiences: ['acme'],
            },
          ],
          roles: [{ arn: { name: 'deploy' }, maxSessionDurationSeconds: 3600, policies: [] }],
        },
      ],
    },
  })
})

test('an account may be in another partition, and empty', () => {
  const read = readLocalAwsConfig({ accounts: [{ id: '123456789012', partition: 'aws-cn' }] })
  expect(read).toMatchObject({
    ok: true,
    config: { accounts: [{ partition: 'aws-cn', providers: [], roles: [] }] },
  })
})

test('permissions policies are kept as they are', () => {
  const policies = [{ Version: '2012-10-17', Statement: [] }]
  const read = readLocalAwsConfig(withRole({ policies }))
  expect(read.ok && read.config.accounts[0]?.roles[0]?.policies).toEqual(policies)
})

test.each<[string, unknown]>([
  ['$', null],
  ['$', []],
  ['$', { accounts: [], more: 1 }],
  ['$.accounts', {}],
  ['$.accounts[0]', { accounts: [7] }],
  ['$.accounts[0]', withAccount({ OidcProviders: [] })],
  ['$.accounts[0].id', withAccount({ id: '1234' })],
  ['$.accounts[0].id', withAccount({ id: 123456789012 })],
  ['$.accounts[0].partition', withAccount({ partition: 'gcp' })],
  ['$.accounts', { accounts: [account, account] }],
  ['$.accounts[0].oidcProviders', withAccount({ oidcProviders: {} })],
  ['$.accounts[0].oidcProviders', withAccount({ oidcProviders: [provider, provider] })],
  ['$.accounts[0].oidcProviders[0].url', withProvider({ url: 'daypass.example.com/oidc' })],
  ['$.accounts[0].oidcProviders[0].url', withProvider({ url: 'http://daypass.example.com/oidc' })],
  ['$.accounts[0].oidcProviders[0].url', withProvider({ url: 'https://user@daypass.example.com' })],
  ['$.accounts[0].oidcProviders[0].url', withProvider({ url: 'https://daypass.example.com/?x=1' })],
  ['$.accounts[0].oidcProviders[0].audiences', withProvider({ audiences: 'acme' })],
  ['$.accounts[0].oidcProviders[0].audiences[0]', withProvider({ audiences: [''] })],
  ['$.accounts[0].oidcProviders[0].audiences[0]', withProvider({ audiences: ['x'.repeat(256)] })],
  [
    '$.accounts[0].oidcProviders[0].audiences',
    withProvider({ audiences: Array.from({ length: 101 }, String) }),
  ],
  [
    '$.accounts[0].roles',
    withAccount({ roles: [role, { ...role, arn: role.arn.replace('deploy', 'Deploy') }] }),
  ],
  ['$.accounts[0].roles[0].arn', withRole({ arn: 'deploy' })],
  ['$.accounts[0].roles[0].arn', withRole({ arn: 'arn:aws:iam::999999999999:role/deploy' })],
  ['$.accounts[0].roles[0].arn', withRole({ arn: 'arn:aws-cn:iam::123456789012:role/deploy' })],
  ['$.accounts[0].roles[0].trustPolicy', withRole({ trustPolicy: undefined })],
  [
    '$.accounts[0].roles[0].trustPolicy.Version',
    withRole({ trustPolicy: { ...trustPolicy, Version: '2013-01-01' } }),
  ],
  ['$.accounts[0].roles[0].maxSessionDurationSeconds', withRole({ maxSessionDurationSeconds: 900 })],
  ['$.accounts[0].roles[0].maxSessionDurationSeconds', withRole({ maxSessionDurationSeconds: 43_201 })],
  ['$.accounts[0].roles[0].maxSessionDurationSeconds', withRole({ maxSessionDurationSeconds: '3600' })],
  ['$.accounts[0].roles[0].policies', withRole({ policies: 'all' })],
])('at %s something is wrong', (path, value) => {
  const read = readLocalAwsConfig(value)
  expect(read).toMatchObject({ ok: false, path })
  expect(read.ok ? '' : read.sentence).toMatch(/\.$/)
})

test.each([
  ['https://daypass.example.com/oidc', true],
  ['https://10.0.0.1:8443/oidc', true],
  ['http://127.0.0.1:4300/oidc', true],
  ['http://127.1.2.3/oidc', true],
  ['http://localhost:4300', true],
  ['http://[::1]:4300/oidc', true],
  ['http://daypass.example.com/oidc', false],
  ['http://127.0.0.1.example.com/oidc', false],
  ['http://localhost.example.com', false],
  ['http://10.0.0.1/oidc', false],
  ['http://0.0.0.0/oidc', false],
  ['http://user:secret@127.0.0.1/oidc', false],
  ['ftp://127.0.0.1/oidc', false],
  ['127.0.0.1', false],
])('%s is taken for an issuer: %s', (url, taken) => {
  expect(issuerRefusal(url) === undefined).toBe(taken)
  expect(mayBeFetched(url)).toBe(taken)
})

test('only what AWS would refuse is called lenient', () => {
  expect(leniencyOf('https://daypass.example.com/oidc')).toBeUndefined()
  expect(leniencyOf('http://127.0.0.1:4300/oidc')).toContain('AWS takes no port')
})
