import { expect, it } from 'vitest'
import { permissionLabel } from './permission.ts'

it('a permission has a word, also one that is none', () =>
  expect([0, 101, 102, 103].map(permissionLabel)).toEqual(['None', 'Read', 'Write', 'Admin']))
