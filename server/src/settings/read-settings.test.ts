import { expect, test } from 'vitest'
import { reading } from './fields.ts'
import { readSettings } from './read-settings.ts'
import { readSecretValue } from './secret-value.ts'

const read = (body: unknown, blank: undefined | null = undefined): unknown => {
  const result = reading(() => readSettings(body, blank))
  return result.ok ? result.value : result.refusal
}

test.each([
  ['a bare string is plain', 'x', 'x'],
  ['an empty string is a value', '', ''],
  ['a secret in clear', { secret: 's' }, { secret: 's' }],
  ['an empty secret', { secret: '' }, { secret: '' }],
  ['a ciphertext', { ciphertext: 'AAAA' }, { ciphertext: 'AAAA' }],
  ['explicit and secret', { isSecret: true, value: 's' }, { secret: 's' }],
  ['explicit and plain', { isSecret: false, value: 'p' }, 'p'],
  ['model, secret', { plaintext: null, secret: 's', ciphertext: null }, { secret: 's' }],
  ['model, plain', { plaintext: 'p', secret: '', ciphertext: null }, 'p'],
  ['model, kept', { plaintext: null, secret: '', ciphertext: 'AAAA' }, { ciphertext: 'AAAA' }],
  ['our own answer', { secret: '', ciphertext: 'AAAA' }, { ciphertext: 'AAAA' }],
  ['a model that nobody filled', { plaintext: null, secret: '', ciphertext: null }, undefined],
  ['nothing at all', {}, undefined],
])('a value: %s', (_name, given, expected) => {
  expect(readSecretValue(given, 'x')).toEqual(expected)
})

test.each([
  7,
  true,
  [],
  { secret: 7 },
  { ciphertext: 'not base64!' },
  { ciphertext: 7 },
  { value: 'x' },
  { isSecret: 'yes', value: 'x' },
  { isSecret: true },
  { secret: 's', colour: 1 },
  { secret: 'a\0b' },
  '\ud800',
])('a value: %j is refused', (given) => {
  expect(() => readSecretValue(given, 'x')).toThrow(/^x/)
})

test('spellings of older clients are one field', () => {
  const aws = {
    roleARN: 'arn:aws:iam::123456789012:role/x',
    sessionName: 'me',
    policyARNs: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  }
  expect(
    read({ sourceContext: { git: { repoURL: 'https://g/r' } }, operationContext: { oidc: { aws } } }),
  ).toEqual({
    sourceContext: { git: { repoUrl: 'https://g/r' } },
    operationContext: {
      oidc: { aws: { roleArn: aws.roleARN, sessionName: 'me', policyArns: aws.policyARNs } },
    },
  })
  expect(read({ sourceContext: { git: { repoURL: 'https://g/a', repoUrl: 'https://g/b' } } })).toMatchObject({
    message: 'sourceContext.git.repoUrl is given twice, in two spellings.',
  })
})

test('an image is a string or an object; a string has no credentials', () => {
  expect(read({ executorContext: { executorImage: 'a/b:1' } })).toEqual({
    executorContext: { executorImage: { reference: 'a/b:1', credentials: null } },
  })
  expect(
    read({
      executorContext: {
        executorImage: { reference: 'a', isDefault: true, credentials: { username: 'u', password: 'p' } },
      },
    }),
  ).toEqual({
    executorContext: {
      executorImage: { reference: 'a', credentials: { username: 'u', password: { secret: 'p' } } },
    },
  })
})

test('null and an empty string are "not set" in a whole, and "delete" in a patch', () => {
  const body = {
    tag: null,
    sourceContext: { git: { branch: '', repoDir: './', gitAuth: { accessToken: '' } } },
    operationContext: { environmentVariables: { A: null, B: '' }, operation: '', options: { shell: null } },
  }
  expect(read(body)).toEqual({
    sourceContext: { git: { gitAuth: {} } },
    operationContext: { environmentVariables: { B: '' }, options: {} },
  })
  expect(read(body, null)).toEqual({
    tag: null,
    sourceContext: { git: { branch: null, repoDir: null, gitAuth: { accessToken: null } } },
    operationContext: { environmentVariables: { A: null, B: '' }, options: { shell: null } },
  })
})

test('what we answer ourselves can be sent back', () => {
  expect(read({ version: 3, source: 'api', tag: 't', executorContext: { workingDirectory: 'x' } })).toEqual({
    tag: 't',
    executorContext: {},
  })
})

test('a lifetime of Google’s access tokens is one that Google gives, and zero is none', () => {
  const lifetime = (tokenLifetime: string) => read({ operationContext: { oidc: { gcp: { tokenLifetime } } } })
  expect(lifetime('10m0s')).toMatchObject({ operationContext: { oidc: { gcp: { tokenLifetime: '10m0s' } } } })
  expect(JSON.stringify(lifetime('0s'))).not.toContain('tokenLifetime')
  for (const refused of ['9m59s', '12h1s']) {
    expect(lifetime(refused)).toMatchObject({ message: expect.stringContaining('from 10m0s to 12h0m0s') })
  }
})

test('a zero duration is how Go writes none', () => {
  expect(read({ operationContext: { oidc: { aws: { duration: '0s' } } } })).toEqual({
    operationContext: { oidc: { aws: {} } },
  })
})

const role = (roleArn: string): object => ({ operationContext: { oidc: { aws: { roleArn } } } })
test.each<[object, string, RegExp]>([
  [{ gitHub: { paths: ['infra/**', '!docs/'] } }, 'invalid_field', /^gitHub\.paths\[1\] ends with "\/"/],
  [{ vcs: { tagFilters: ['{v'] } }, 'invalid_field', /^vcs\.tagFilters\[0\] has a "{" without/],
  [{ sourcecontext2: {} }, 'unknown_field', /"sourcecontext2"/],
  [{ sourceContext: { git: { repo: 'x' } } }, 'unknown_field', /"sourceContext.git.repo"/],
  [{ sourceContext: { git: 'x' } }, 'invalid_field', /sourceContext.git must be a JSON object/],
  [{ sourceContext: { template: { sourceUrl: 'x' } } }, 'invalid_field', /template/],
  [{ sourceContext: { hg: { repoUrl: 'x' } } }, 'not_supported_yet', /hg/],
  [{ operationContext: { role: 'x' } }, 'invalid_field', /role must be a JSON object/],
  [{ sourceContext: { template: { gitAuth: { basicAuth: {} } } } }, 'not_supported_yet', /accessToken only/],
  [{ sourceContext: { git: { tag: 'a..b' } } }, 'invalid_field', /sourceContext.git.tag/],
  [{ operationContext: { preRunCommands: 'make' } }, 'invalid_field', /preRunCommands must be a list/],
  [{ operationContext: { preRunCommands: [7] } }, 'invalid_field', /preRunCommands\[0\]/],
  [{ operationContext: { preRunCommands: Array(101).fill('x') } }, 'invalid_field', /at most 100/],
  [{ operationContext: { environmentVariables: { 'A-B': 'x' } } }, 'invalid_field', /A-B/],
  [{ operationContext: { environmentVariables: { '': 'x' } } }, 'invalid_field', /no name/],
  [{ operationContext: { environmentVariables: [] } }, 'invalid_field', /environmentVariables/],
  [{ operationContext: { environmentVariables: { A: 'a\0b' } } }, 'invalid_field', /NUL/],
  [
    { operationContext: { options: { skipInstallDependencies: 'true' } } },
    'invalid_field',
    /skipInstallDependencies/,
  ],
  [{ operationContext: { options: { shell: '-x' } } }, 'invalid_field', /shell/],
  [role('arn:aws:iam::1:role/x'), 'invalid_field', /roleArn must be the ARN/],
  [role('arn:aws:iam::123456789012:user/x'), 'invalid_field', /roleArn/],
  [
    { operationContext: { oidc: { aws: { policyArns: Array(11).fill('arn:aws:iam::aws:policy/A') } } } },
    'invalid_field',
    /at most 10/,
  ],
  [{ operationContext: { oidc: { aws: { policyArns: ['x'] } } } }, 'invalid_field', /policyArns\[0\]/],
  [{ operationContext: { oidc: { aws: { duration: 3600 } } } }, 'invalid_field', /duration must be a string/],
  [{ operationContext: { oidc: { aws: { duration: '1 h' } } } }, 'invalid_field', /duration is refused/],
  [
    { operationContext: { oidc: { aws: { sessionName: '${nope}' } } } },
    'invalid_field',
    /unknown placeholder/,
  ],
  [{ operationContext: { oidc: { alibaba: {} } } }, 'unknown_field', /alibaba/],
  [{ vcs: { provider: 'sourceforge' } }, 'invalid_field', /vcs.provider must be one of/],
  [{ executorContext: { executorImage: '--privileged' } }, 'invalid_field', /image reference/],
  [{ tag: 'a\ud800' }, 'invalid_field', /well-formed/],
  [{ gitHub: { deployPullRequest: 1.5 } }, 'invalid_field', /whole number/],
])('%j is refused', (body, reason, message) => {
  expect(read(body)).toMatchObject({ status: 400, reason, message: expect.stringMatching(message) })
})

test.each([null, 7, 'x', [], true])('%j is no settings', (body) => {
  expect(read(body)).toMatchObject({ status: 400, message: 'The body must be a JSON object.' })
})
