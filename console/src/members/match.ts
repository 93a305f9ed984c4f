import type { Member } from './members.ts'

/** By login or name, in any case. */
export function membersNamed(members: readonly Member[], search: string): Member[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return members.filter(({ user }) => {
    const both = `${user.githubLogin} ${user.name}`.toLowerCase()
    return words.every((word) => both.includes(word))
  })
}
