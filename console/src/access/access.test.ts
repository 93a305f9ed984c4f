import { describe, expect, it } from 'vitest'
import type { StackAccess } from './access.ts'
import { administers } from './administers.ts'
import { permissionLabel } from './permission.ts'

const user = (githubLogin: string) => ({ githubLogin, name: githubLogin, avatarUrl: '' })
const team = (isMember: boolean, permission: 102 | 103) => ({
  ...{ name: 'ops', displayName: 'ops', description: '' },
  isMember,
  permission,
})
const nobody: StackAccess = { people: [], creator: undefined, teams: [] }

describe('Who administers a stack', () => {
  it('is whoever made it', () => expect(administers('alice', { ...nobody, creator: 'alice' })).toBe(true))
  it('is nobody for what others have', () => {
    const access = { ...nobody, creator: 'bob', people: [{ user: user('bob'), permission: 103 as const }] }
    expect(administers('alice', access)).toBe(false)
  })
  it('is who was given it, not who may write', () => {
    const given = (permission: 102 | 103) => ({ ...nobody, people: [{ user: user('alice'), permission }] })
    expect(administers('alice', given(103))).toBe(true)
    expect(administers('alice', given(102))).toBe(false)
  })
  it('is a member of a team that does', () => {
    expect(administers('alice', { ...nobody, teams: [team(true, 103)] })).toBe(true)
    expect(administers('alice', { ...nobody, teams: [team(false, 103)] })).toBe(false)
    expect(administers('alice', { ...nobody, teams: [team(true, 102)] })).toBe(false)
  })
})

it('a permission has a word, also one that is none', () =>
  expect([0, 101, 102, 103].map(permissionLabel)).toEqual(['None', 'Read', 'Write', 'Admin']))
