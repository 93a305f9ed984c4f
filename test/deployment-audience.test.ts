// The audience is the organization's name, and clouds compare it by case.
import { expect, test } from 'vitest'
import { startSystem } from './harness/system.ts'
import { accountTrusting, deploymentRequest, subject } from './harness/trusting-role.ts'

test.each([
  { where: 'the trust policy', trust: { audience: 'Main' } },
  { where: 'the provider', trust: { registered: ['MAIN'] } },
])('an audience in another case in $where is named as such', async ({ trust }) => {
  const system = await startSystem({
    accounts: (issuerUrl) => [accountTrusting(issuerUrl, { subjects: [subject('dev', 'update')], ...trust })],
  })
  try {
    await system.addStack('dev')
    const ended = await system.deploy(
      'dev',
      deploymentRequest({ repoUrl: system.repoUrl, awsUrl: system.aws.url }),
    )
    expect(ended.status).toBe('failed')
    expect(ended.log).toMatch(/case/)
    expect(ended.log).toContain('"main"')
  } finally {
    await system.stop()
  }
})
