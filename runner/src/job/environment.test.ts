import type { GitAuth, JobSpec } from '@daypass/contract/job-protocol.ts'
import { expect, test } from 'vitest'
import { jobSpec } from '../../harness/fake-plane.ts'
import { SANDBOX_PATHS } from '../launch/layout.ts'
import type { JobContext } from './context.ts'
import { dependencyEnvironment, programEnvironment } from './environment.ts'

const TOKEN: GitAuth = { kind: 'token', token: 'ghp_of-the-settings' }

/** What the functions look at, and no more. */
function context(changes: Partial<JobSpec>): JobContext {
  const settings = { forwardedEnvironment: { https_proxy: 'http://p' }, usesProxy: true }
  const findings = { aws: undefined, awsProfiles: new Map(), published: new Map([['HANDED_ON', 'yes']]) }
  return { spec: jobSpec(changes), settings, findings, paths: SANDBOX_PATHS } as unknown as JobContext
}
const source = (repoUrl: string, auth: GitAuth | null = TOKEN): JobSpec['source'] => ({
  ...(jobSpec().source as NonNullable<JobSpec['source']>),
  repoUrl,
  auth,
})
const program = (changes: Partial<JobSpec>) => programEnvironment(context(changes), undefined)

test("GitHub's token is given to programs, which send it to github.com and nowhere else", () => {
  const github = source('https://github.com/acme/web')
  expect(program({ source: github })['GITHUB_TOKEN']).toBe('ghp_of-the-settings')
  const own = [{ name: 'GITHUB_TOKEN', value: '', secret: false }]
  expect(program({ source: github, environment: own })['GITHUB_TOKEN']).toBe('')
  const basic: GitAuth = { kind: 'basic', username: 'u', password: 'p' }
  for (const other of [
    source('https://github.com/acme/web', basic),
    source('https://github.com/acme/web', null),
    source('https://gitlab.com/acme/web'),
    source('https://github.com.example.com/acme/web'),
    source('https://github.com:8443/acme/web'),
    source('git@github.com:acme/web'),
    null,
  ]) {
    expect(program({ source: other })).not.toHaveProperty('GITHUB_TOKEN')
  }
  expect(dependencyEnvironment(context({ source: github }))).not.toHaveProperty('GITHUB_TOKEN')
})

test('what Pulumi says about the build is there, and the variables of the stack win', () => {
  const environment = [{ name: 'PULUMI_CI_OPERATION', value: 'mine', secret: false }]
  expect(program({ environment })).toMatchObject({
    PULUMI_CI_SYSTEM: 'Pulumi Deployments',
    PULUMI_CI_BUILD_ID: jobSpec().deploymentId,
    PULUMI_CI_BUILD_NUMBER: '7',
    PULUMI_CI_ORGANIZATION: 'acme',
    PULUMI_CI_PROJECT: 'web',
    PULUMI_CI_STACK: 'dev',
    PULUMI_CI_BRANCH_NAME: 'main',
    PULUMI_CI_OPERATION: 'mine',
    PULUMI_ENV: '/PULUMI_ENV',
    HANDED_ON: 'yes',
    https_proxy: 'http://p',
    NODE_USE_ENV_PROXY: '1',
  })
  expect(program({})).not.toHaveProperty('PULUMI_PR_NUMBER')
  expect(program({})).not.toHaveProperty('PULUMI_CI_TAG_NAME')
})

test('the dependency step has the plain variables, and nothing of what was handed on', () => {
  const environment = [
    { name: 'PLAIN', value: 'p', secret: false },
    { name: 'NPM_TOKEN', value: 't', secret: false },
    { name: 'HIDDEN', value: 'h', secret: true },
  ]
  const found = dependencyEnvironment(context({ environment }))
  expect(found).toMatchObject({ PLAIN: 'p', CI: 'true' })
  for (const name of ['NPM_TOKEN', 'HIDDEN', 'HANDED_ON', 'PULUMI_ACCESS_TOKEN'])
    expect(found).not.toHaveProperty(name)
})
