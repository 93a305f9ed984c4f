import { expect, test } from 'vitest'
import { readCommitId } from '../git-events/git-event.ts'
import { reviewSettingsOf } from './inherit.ts'
import { reviewStackNames } from './review-stack.ts'

test('names are those of the contract, fit, and stay apart', () => {
  expect(reviewStackNames('Acme/Web', 7, 'dev')).toEqual(['pr-acme-web-7', 'pr-acme-web-7-dev'])
  expect(reviewStackNames('group/sub group/app~1', 12, 'x')[0]).toBe('pr-group-sub-group-app-1-12')
  const long = (number: number) => reviewStackNames(`o/${'r'.repeat(120)}`, number, 't')[0]
  expect(long(1)).toHaveLength(100)
  expect(long(1)).not.toBe(long(2))
  for (const name of reviewStackNames('ä/../ö', 1, '..')) expect(name).toMatch(/^[A-Za-z0-9_.-]{1,100}$/)
})

const commit = readCommitId('a'.repeat(40))
if (commit === undefined) throw new Error('That is a commit.')
const template = {
  sourceContext: { git: { branch: 'main', repoDir: 'infra' } },
  gitHub: { repository: 'acme/web', deployCommits: true, pullRequestTemplate: true, paths: ['x'] },
  operationContext: { preRunCommands: ['true'], oidc: { aws: { roleArn: 'r', sessionName: 's' } } },
}

test('what starts deployments and who the template acts as are not inherited', () => {
  const inherited = reviewSettingsOf(template, { commit, pullRequest: 7, inheritsOidc: false })
  expect(inherited).toEqual({
    sourceContext: { git: { repoDir: 'infra', commit } },
    gitHub: {
      repository: 'acme/web',
      deployCommits: false,
      previewPullRequests: false,
      pullRequestTemplate: false,
      deployPullRequest: 7,
    },
    operationContext: { preRunCommands: ['true'] },
  })
  const allowed = reviewSettingsOf(template, { commit, pullRequest: 7, inheritsOidc: true })
  expect(allowed.operationContext).toEqual(template.operationContext)
})
