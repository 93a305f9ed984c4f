import { expect, test } from 'vitest'
import { changedPaths } from './changed-paths.ts'
import type { StoredSettings } from './settings.ts'

const variables = (
  environmentVariables: Record<string, string | { ciphertext: string }>,
): StoredSettings => ({
  operationContext: { environmentVariables },
})

test('each path says what became of it, and no value is in it', () => {
  const before: StoredSettings = {
    tag: 'old',
    sourceContext: { git: { repoUrl: 'https://g/r', branch: 'main' } },
    operationContext: {
      preRunCommands: ['a'],
      environmentVariables: { KEPT: 'k', PLAIN: 'visible', S: { ciphertext: 'c2VhbGVk' } },
    },
  }
  const after: StoredSettings = {
    sourceContext: { git: { repoUrl: 'https://g/r', branch: 'next' } },
    operationContext: {
      preRunCommands: ['a', 'b'],
      environmentVariables: { KEPT: 'k', PLAIN: { ciphertext: 'bm93' }, S: { ciphertext: 'b3RoZXI=' } },
      options: { shell: 'sh' },
    },
  }
  const { changed, ...rest } = changedPaths(before, after)
  expect(rest).toEqual({})
  expect(changed).toEqual({
    tag: 'removed',
    'sourceContext.git.branch': 'changed',
    'operationContext.preRunCommands': 'changed',
    'operationContext.environmentVariables.PLAIN': 'changed',
    'operationContext.environmentVariables.S': 'changed',
    'operationContext.options.shell': 'added',
  })
})

test('nothing changed is an empty record, and a variable may be called like a part of a secret', () => {
  const settings = variables({ A: { ciphertext: 'x' }, ciphertext: 'plain' })
  expect(changedPaths(settings, structuredClone(settings))).toEqual({ changed: {} })
  expect(changedPaths({}, variables({ ciphertext: 'plain', A: 'a' })).changed).toEqual({
    'operationContext.environmentVariables.A': 'added',
    'operationContext.environmentVariables.ciphertext': 'added',
  })
})

test('a record stays readable however much changes', () => {
  const many = Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`V${n}`, 'x']))
  const { changed, more } = changedPaths({}, variables(many))
  expect(Object.keys(changed)).toHaveLength(200)
  expect(more).toBe(50)
})
