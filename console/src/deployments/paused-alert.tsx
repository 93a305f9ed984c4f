/** Says that new deployments of a stack wait, and for whom. */
import { Alert } from '@mantine/core'
import type { Standing } from './pause.ts'

export function PausedAlert({ standing }: { readonly standing: Standing | undefined }) {
  if (!standing?.paused) return null
  return (
    <Alert color="yellow" title="Deployments are paused">
      {standing.organizationPaused
        ? 'Those of the whole organization: new ones wait until an administrator resumes them.'
        : 'New ones wait until they are resumed.'}
    </Alert>
  )
}
