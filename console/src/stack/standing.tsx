/** What a person should know of a stack before anything else: that it is paused, or not as it was left. */
import { Alert } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { StackNames } from '../deployments/deployments.ts'
import { PageLink } from '../parts/page-link.tsx'

export function Standing({ names }: { readonly names: StackNames }) {
  const { data } = useQuery({
    queryKey: ['deployments', names, 'metadata'],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/stacks/{organization}/{project}/{stack}/deployments/metadata', {
          params: { path: names },
          signal,
        }),
      ),
  })
  if (!data) return null
  return (
    <>
      {data.paused && (
        <Alert color="yellow" title="Deployments are paused">
          {data.organizationPaused
            ? 'Those of the whole organization: new ones wait until an administrator resumes them.'
            : 'New ones wait until they are resumed.'}
        </Alert>
      )}
      {data.drift?.driftDetected && (
        <Alert color="orange" title="Somebody changed the cloud">
          The latest look found resources that are not as this stack left them. Its log names them:{' '}
          <PageLink to="/$organization/$project/$stack/deployments" params={names} inherit underline="always">
            deployments
          </PageLink>
          . Run remediate-drift to undo it, or refresh to keep it.
        </Alert>
      )}
    </>
  )
}
