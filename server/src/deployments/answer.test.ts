import { GetDeploymentResponse, ListedDeployment } from '@daypass/contract/deployments.ts'
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { deploymentAnswer, listedAnswer, plainTime, userAnswer } from './answer.ts'
import { MOVES, type Status } from './deployment.ts'
import type { UpdateRow } from './linked-updates.sql.ts'
import type { DeploymentWithSettings, StepRow } from './read.sql.ts'

const AT = new Date('2030-01-02T03:04:05.006Z')
const ROW: DeploymentWithSettings = {
  id: 'd0000000-0000-4000-8000-000000000000',
  version: 3,
  operation: 'preview',
  status: 'running',
  initiator: '',
  createdAt: AT,
  modifiedAt: AT,
  claimedAt: AT,
  login: 'ann',
  userName: 'Ann',
  email: '',
  project: 'web',
  stack: 'dev',
  latestVersion: 9,
  paused: false,
  poolId: 'p',
  poolName: 'default',
  failureCode: null,
  failureMessage: null,
  settings: {},
}
const STEP: StepRow = { deploymentId: ROW.id, name: 'Setup', status: 'running', startedAt: AT, endedAt: null }
const UPDATE: UpdateRow = {
  deploymentId: ROW.id,
  id: 'u',
  kind: 'preview',
  status: 'running',
  version: null,
  metadata: '{}',
  startedAt: null,
  endedAt: null,
}

test.each(Object.keys(MOVES) as Status[])(
  'every answer about a deployment that is %s is readable',
  (status) => {
    for (const claimedAt of [null, AT]) {
      for (const steps of [[], [STEP]]) {
        const row = { ...ROW, status, claimedAt }
        expect(Value.Errors(GetDeploymentResponse, deploymentAnswer(row, steps, []))).toEqual([])
        expect(Value.Errors(ListedDeployment, listedAnswer(row, steps, [UPDATE]))).toEqual([])
      }
    }
  },
)

test('the single read has no jobs before there is one, a list item always has the field', () => {
  const waiting = { ...ROW, status: 'waiting' as const, claimedAt: null }
  expect(deploymentAnswer(waiting, [], [])).not.toHaveProperty('jobs')
  expect(listedAnswer(waiting, [], []).jobs).toEqual([])
  expect(deploymentAnswer(waiting, [STEP], []).jobs).toHaveLength(1)
  expect(deploymentAnswer(ROW, [], []).jobs).toEqual([
    {
      status: 'running',
      started: '2030-01-02T03:04:05.006Z',
      lastUpdated: '2030-01-02T03:04:05.006Z',
      steps: [],
    },
  ])
})

test('a step that has not begun has no times, for an empty string is a decode error', () => {
  const step = { ...STEP, status: 'not-started' as const, startedAt: null }
  expect(deploymentAnswer(ROW, [step], []).jobs?.[0]?.steps).toEqual([
    { name: 'Setup', status: 'not-started' },
  ])
})

test('a secret variable has no value, and settings without a repository no source', () => {
  const settings = { operationContext: { environmentVariables: { A: '', B: { ciphertext: 'AAAA' } } } }
  expect(deploymentAnswer({ ...ROW, settings }, [], []).configuration).toEqual({
    environmentVariables: [
      { name: 'A', value: '', secret: false },
      { name: 'B', secret: true },
    ],
  })
})

test('the source never shows credentials', () => {
  const git = {
    repoUrl: 'https://h/a',
    commit: 'abcdef1',
    gitAuth: { accessToken: { ciphertext: 'CIPHER' } },
  }
  const answer = deploymentAnswer({ ...ROW, settings: { sourceContext: { git } } }, [], [])
  expect(answer.configuration.source).toEqual({ git: { repoURL: 'https://h/a', commit: 'abcdef1' } })
  expect(JSON.stringify(answer)).not.toContain('CIPHER')
})

test('times are as Pulumi writes them', () => {
  expect(plainTime(AT)).toBe('2030-01-02 03:04:05.006')
})

test('a person without an e-mail address has none, and an empty avatar', () => {
  expect(userAnswer(ROW)).toEqual({ name: 'Ann', githubLogin: 'ann', avatarUrl: '' })
  expect(userAnswer({ ...ROW, email: 'a@b' })).toMatchObject({ email: 'a@b' })
})

test.each([
  ['not started', 'not-started'],
  ['running', 'in-progress'],
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
  ['cancelled', 'failed'],
] as const)('an update that is %s is %s in a list', (status, result) => {
  expect(listedAnswer(ROW, [], [{ ...UPDATE, status }]).updates[0]?.result).toBe(result)
})

test.each(['', 'null', '[]', '"x"', '{"message":7,"environment":[]}', '{"environment":{"a":1}}', '{'])(
  'whatever the CLI sent as metadata (%j), the answer is readable',
  (metadata) => {
    const { updates } = listedAnswer(ROW, [], [{ ...UPDATE, metadata }])
    expect(updates).toMatchObject([{ message: '', environment: {}, version: 0, startTime: 0, endTime: 0 }])
  },
)
