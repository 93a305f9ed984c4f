import type { StackAccess } from './access.ts'

/** Whether somebody who is no admin of the organization administers this stack; the server decides again. */
export function administers(login: string, { people, creator, teams }: StackAccess): boolean {
  return (
    creator === login ||
    people.some(({ user, permission }) => user.githubLogin === login && permission === 103) ||
    teams.some(({ isMember, permission }) => isMember && permission === 103)
  )
}
