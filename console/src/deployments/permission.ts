/** Whether the person may deploy a stack: what the organization gives its members, and what they were given besides. */
import { queryOptions, useQuery } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import { useCurrentUser, useIsAdmin } from '../session/session.ts'
import type { StackNames } from './deployments.ts'

/** As Pulumi's API numbers them; each includes those before it. */
const WRITE = 102
const ADMIN = 103
const LONG_MS = 60_000

function permissionQuery(names: StackNames, login: string) {
  return queryOptions({
    queryKey: ['own-permission', names, login],
    staleTime: LONG_MS,
    queryFn: async ({ signal }) => {
      const of = { params: { path: names }, signal }
      const organization = { params: { path: { organization: names.organization } }, signal }
      const [byDefault, given, teams] = await Promise.all([
        api.GET('/api/orgs/{organization}', organization),
        api.GET('/api/stacks/{organization}/{project}/{stack}/collaborators', of),
        api.GET('/api/stacks/{organization}/{project}/{stack}/teams', of),
      ])
      const { users, stackCreatorUserName } = dataOf(given)
      return Math.max(
        dataOf(byDefault).defaultStackPermission,
        stackCreatorUserName === login ? ADMIN : 0,
        ...users.filter(({ user }) => user.githubLogin === login).map(({ permission }) => permission),
        ...dataOf(teams)
          .teams.filter(({ isMember }) => isMember)
          .map(({ permission }) => permission),
      )
    },
  })
}

/** Why the person may not deploy the stack; undefined when they may. The server decides again with each request. */
export function useWhyNotDeploy(names: StackNames): string | undefined {
  const { githubLogin } = useCurrentUser()
  const isAdmin = useIsAdmin(names.organization)
  const { data } = useQuery({ ...permissionQuery(names, githubLogin), enabled: !isAdmin })
  if (isAdmin || data === undefined || data >= WRITE) return undefined
  return 'You may read this stack. Deploying it takes the permission “write”: ask an administrator of the stack or the organization.'
}
