/** Who was given what of a stack. */
import { queryOptions } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'
import type { StackNames } from '../deployments/deployments.ts'

export type Collaborators = components['schemas']['ListStackCollaboratorsResponse']
export type Collaborator = Collaborators['users'][number]
export type StackTeam = components['schemas']['StackTeam']

export interface StackAccess {
  readonly people: readonly Collaborator[]
  /** Administers it for having made it; undefined where that was taken away. */
  readonly creator: string | undefined
  readonly teams: readonly StackTeam[]
}

export function accessQuery(names: StackNames) {
  return queryOptions({
    queryKey: ['access', names],
    queryFn: async ({ signal }): Promise<StackAccess> => {
      const params = { path: names }
      const [people, teams] = await Promise.all([
        api.GET('/api/stacks/{organization}/{project}/{stack}/collaborators', { params, signal }),
        api.GET('/api/stacks/{organization}/{project}/{stack}/teams', { params, signal }),
      ])
      const { users, stackCreatorUserName } = dataOf(people)
      return { people: users, creator: stackCreatorUserName, teams: dataOf(teams).teams }
    },
  })
}
