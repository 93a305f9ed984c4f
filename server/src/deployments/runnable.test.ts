import { expect, test } from 'vitest'
import type { GitSource, Oidc, StoredSettings, StoredValue } from '../settings/settings.ts'
import { checkRunnable } from './runnable.ts'
import { usableGitAuth } from './source.ts'

const sealed = { ciphertext: 'AAAA' }
const withGit = (git: GitSource<StoredValue>): StoredSettings => ({ sourceContext: { git } })
const HTTPS = { repoUrl: 'https://git.example.com/a', branch: 'main' }
const SSH = { repoUrl: 'git@git.example.com:a', branch: 'main' }
const reasonOf = (settings: StoredSettings) => checkRunnable(settings)?.reason

test('a repository with a branch or a commit is enough', () => {
  expect(reasonOf(withGit(HTTPS))).toBeUndefined()
  expect(reasonOf(withGit({ repoUrl: HTTPS.repoUrl, commit: 'abcdef1' }))).toBeUndefined()
})

test('what is missing is named', () => {
  expect(checkRunnable({})).toMatchObject({
    status: 400,
    message: expect.stringContaining('repoUrl is missing. Send it'),
  })
  expect(checkRunnable({ gitHub: { repository: 'a/b' } })?.message).toContain('in the gitHub or vcs block')
  expect(checkRunnable(withGit({ repoUrl: HTTPS.repoUrl }))?.message).toContain('branch or')
})

test('what Entra is asked with must be there; Azure alone, or beside the other clouds', () => {
  const checked = (oidc: Oidc) => checkRunnable({ ...withGit(HTTPS), operationContext: { oidc } })
  expect(checked({ azure: {} })?.message).toContain('azure.clientId is missing')
  expect(checked({ azure: { clientId: 'c', subscriptionId: 's' } })?.message).toContain(
    'azure.tenantId is missing',
  )
  const azure = { clientId: 'c', tenantId: 't' }
  const aws = { roleArn: 'r', sessionName: 's' }
  const gcp = { projectId: '1', workloadPoolId: 'p', providerId: 'x', serviceAccount: 's' }
  for (const oidc of [{ aws }, { azure }, { gcp }, { aws, azure, gcp }]) expect(checked(oidc)).toBeUndefined()
})

const ssh = { sshAuth: { sshPrivateKey: sealed } }
const token = { accessToken: sealed }
const basic = { basicAuth: { userName: 'me', password: sealed } }
test.each([
  ['none', HTTPS, undefined, 'none'],
  ['a key for ssh', SSH, ssh, 'sshAuth'],
  ['a key before a token, where both would do', SSH, { ...ssh, ...token }, 'sshAuth'],
  ['a token for https, whatever else there is', HTTPS, { ...ssh, ...token, ...basic }, 'accessToken'],
  ['a password for https', HTTPS, { ...ssh, ...basic }, 'basicAuth'],
  ['a token for http', { repoUrl: 'http://h/a', branch: 'm' }, token, 'accessToken'],
  ['a key for https', HTTPS, ssh, 'none-fits'],
  ['a token for ssh', SSH, token, 'none-fits'],
  ['an empty block', HTTPS, {}, 'none-fits'],
] as const)('git credentials: %s', (_what, git, gitAuth, expected) => {
  const settings = withGit(gitAuth === undefined ? git : { ...git, gitAuth })
  expect(usableGitAuth({ repoUrl: git.repoUrl, gitAuth })).toBe(expected)
  expect(reasonOf(settings)).toBe(expected === 'none-fits' ? 'git_auth_does_not_fit' : undefined)
})
