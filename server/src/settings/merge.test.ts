import { expect, test } from 'vitest'
import { reading } from './fields.ts'
import { mergeSettings } from './merge.ts'
import { readSettings } from './read-settings.ts'
import type { StoredSettings } from './settings.ts'

const SAVED: StoredSettings = {
  tag: 't',
  executorContext: {
    executorImage: {
      reference: 'r.example/a:1',
      credentials: { username: 'u', password: { ciphertext: 'p' } },
    },
    executorRootPath: '/tmp',
  },
  sourceContext: {
    git: {
      repoUrl: 'https://g/r',
      branch: 'main',
      repoDir: 'infra',
      gitAuth: { accessToken: { ciphertext: 't' } },
    },
  },
  operationContext: {
    preRunCommands: ['a', 'b'],
    environmentVariables: { A: 'a', S: { ciphertext: 's' } },
    options: { skipInstallDependencies: true, shell: 'sh' },
    oidc: { aws: { roleArn: 'arn:aws:iam::123456789012:role/x', sessionName: 's1', policyArns: [] } },
  },
}

/** As `POST …/settings` merges: null deletes. */
function patched(body: object): StoredSettings {
  const read = reading(() => readSettings(body, null))
  if (!read.ok) throw new Error(read.refusal.message)
  return mergeSettings(SAVED, read.value) as StoredSettings
}
const operation = (body: object) => patched({ operationContext: body }).operationContext
const git = (body: object) => patched({ sourceContext: { git: body } }).sourceContext?.git

test('an absent field keeps', () => {
  expect(patched({})).toEqual(SAVED)
  expect(patched({ operationContext: {} })).toEqual(SAVED)
  expect(patched({ sourceContext: { git: {} } })).toEqual(SAVED)
})

test('null deletes, at every depth', () => {
  expect(patched({ tag: null })).not.toHaveProperty('tag')
  expect(patched({ sourceContext: null })).not.toHaveProperty('sourceContext')
  expect(git({ gitAuth: null })).not.toHaveProperty('gitAuth')
  expect(operation({ oidc: null })).not.toHaveProperty('oidc')
  expect(operation({ preRunCommands: null })).not.toHaveProperty('preRunCommands')
  expect(operation({ environmentVariables: { A: null } })?.environmentVariables).toEqual({
    S: { ciphertext: 's' },
  })
  expect(operation({ options: { shell: null } })?.options).toEqual({ skipInstallDependencies: true })
})

test('what deletes the last field of a block deletes the block', () => {
  expect(operation({ environmentVariables: { A: null, S: null } })).not.toHaveProperty('environmentVariables')
  expect(operation({ oidc: { aws: null } })).not.toHaveProperty('oidc')
})

test('objects merge, lists and single values replace', () => {
  expect(operation({ environmentVariables: { B: 'b' } })?.environmentVariables).toEqual({
    A: 'a',
    S: { ciphertext: 's' },
    B: 'b',
  })
  expect(operation({ preRunCommands: ['c'] })?.preRunCommands).toEqual(['c'])
  expect(operation({ options: { skipInstallDependencies: false } })?.options).toEqual({
    skipInstallDependencies: false,
    shell: 'sh',
  })
  expect(operation({ oidc: { aws: { sessionName: 's2' } } })?.oidc?.aws).toEqual({
    ...SAVED.operationContext?.oidc?.aws,
    sessionName: 's2',
  })
})

test('a value is replaced whole, whatever its form', () => {
  const { environmentVariables: variables } =
    operation({ environmentVariables: { A: { secret: 'x' }, S: 'plain now' } }) ?? {}
  expect(variables).toEqual({ A: { secret: 'x' }, S: 'plain now' })
  const twice = operation({ environmentVariables: { S: { secret: 'x' } } })?.environmentVariables
  expect(twice?.['S']).toEqual({ secret: 'x' })
  expect(git({ gitAuth: { accessToken: { secret: 'x' } } })?.gitAuth).toEqual({
    accessToken: { secret: 'x' },
  })
})

test('a variable may have the name of a field', () => {
  const names = {
    secret: 'a',
    ciphertext: 'b',
    kind: 'c',
    value: { secret: 'd' },
    constructor: 'e',
    toString: 'f',
  }
  expect(operation({ environmentVariables: names })?.environmentVariables).toEqual({
    ...SAVED.operationContext?.environmentVariables,
    ...names,
  })
})

test('an image given as a string gives up the old credentials; as an object it keeps them', () => {
  const image = (executorImage: unknown) => patched({ executorContext: { executorImage } }).executorContext
  expect(image('r.example/b:2')).toEqual({
    executorImage: { reference: 'r.example/b:2' },
    executorRootPath: '/tmp',
  })
  expect(image({ reference: 'r.example/b:2' })?.executorImage).toEqual({
    reference: 'r.example/b:2',
    credentials: { username: 'u', password: { ciphertext: 'p' } },
  })
})

test('naming a commit gives up the branch, and the other way round', () => {
  expect(git({ commit: 'abcdef1' })).toMatchObject({ commit: 'abcdef1' })
  expect(git({ commit: 'abcdef1' })).not.toHaveProperty('branch')
  expect(git({ repoDir: 'x' })).toMatchObject({ branch: 'main' })
  expect(git({ branch: 'a', commit: 'abcdef1' })).toMatchObject({ branch: 'a', commit: 'abcdef1' })
  expect(git({ tag: 'v1' })).toMatchObject({ tag: 'v1' })
  expect(git({ tag: 'v1' })).not.toHaveProperty('branch')
  expect(git({ tag: 'v1', commit: 'abcdef1' })).toMatchObject({ tag: 'v1', commit: 'abcdef1' })
})

test('the saved settings stay what they were', () => {
  const before = structuredClone(SAVED)
  patched({ tag: null, operationContext: { environmentVariables: { A: null } } })
  expect(SAVED).toEqual(before)
})
