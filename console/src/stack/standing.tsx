/** What a person should know of a stack before anything else: that it is paused, or not as it was left. */
import { Alert } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { StackNames } from '../deployments/deployments.ts'
import { standingQuery } from '../deployments/pause.ts'
import { PausedAlert } from '../deployments/paused-alert.tsx'
import { PageLink } from '../parts/page-link.tsx'

export function Standing({ names }: { readonly names: StackNames }) {
  const { data } = useQuery(standingQuery(names))
  if (!data) return null
  return (
    <>
      <PausedAlert standing={data} />
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
