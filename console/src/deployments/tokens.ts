/** The tokens that were issued for a deployment, as the record of mints has them: never a token itself. */
import { queryOptions } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'

/** For admins of the organization. */
export function tokensQuery(organization: string, deploymentId: string) {
  return queryOptions({
    queryKey: ['deployment-tokens', organization, deploymentId],
    queryFn: async ({ signal }) => {
      const { deployments } = dataOf(
        await api.GET('/api/daypass/orgs/{organization}/token-trace', {
          params: { path: { organization }, query: { of: deploymentId } },
          signal,
        }),
      )
      return deployments.find(({ id }) => id === deploymentId)
    },
  })
}

/** What a token was for, in the words of a person. */
export function purposeOf(purpose: string): string {
  if (purpose === 'exchange') return 'shown to a cloud by the runner'
  return purpose === 'job' ? 'given to the program' : purpose
}
