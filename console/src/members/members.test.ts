import { describe, expect, it } from 'vitest'
import { membersNamed } from './match.ts'
import type { Member } from './members.ts'

const members = [
  { user: { githubLogin: 'alice', name: 'Alice Archer' } },
  { user: { githubLogin: 'bob', name: 'Robert Baker' } },
] as Member[]
const found = (search: string): string[] => membersNamed(members, search).map(({ user }) => user.githubLogin)

describe('A search among members', () => {
  it('without words finds all', () => expect(found('')).toEqual(['alice', 'bob']))
  it('finds by login and by name, in any case', () => {
    expect(found('BOB')).toEqual(['bob'])
    expect(found('baker')).toEqual(['bob'])
  })
  it('needs every word', () => expect(found('alice baker')).toEqual([]))
})
