import { Alert } from '@mantine/core'
import { IconClock } from '@tabler/icons-react'
import { PageLink } from '../parts/page-link.tsx'
import { type Deployment, isOver } from './deployment.ts'
import type { StackNames } from './deployments.ts'

interface Props {
  readonly names: StackNames
  readonly deployment: Deployment
}

/** What a deployment that has not begun waits for, with the way to it. */
export function Waiting({ names, deployment: { waitingFor, status } }: Props) {
  if (!waitingFor || isOver(status)) return null
  const before = waitingFor.deployment?.version
  return (
    <Alert color="blue" title="Waiting" role="status" icon={<IconClock aria-hidden />}>
      {waitingFor.message}{' '}
      {before !== undefined && (
        <PageLink
          to="/$organization/$project/$stack/deployments/$version"
          params={{ ...names, version: String(before) }}
          inherit
          underline="always"
        >
          Open deployment {before}
        </PageLink>
      )}
    </Alert>
  )
}
