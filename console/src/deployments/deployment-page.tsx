/** One deployment: what it is and how it goes, its steps, and its log as it is written. */
import { Stack } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import { LogView } from '../log/log-view.tsx'
import { useLog } from '../log/use-log.ts'
import { QueryView } from '../parts/query-view.tsx'
import { credentialsLines, identityIn, refusalsIn } from './credentials-step.ts'
import type { Deployment } from './deployment.ts'
import { DeploymentHeader } from './deployment-header.tsx'
import { deploymentQuery, type StackNames } from './deployments.ts'
import { Failure } from './failure.tsx'
import { IdentityPanel } from './identity-panel.tsx'
import { useDeploymentRead } from './use-deployment-read.ts'
import { Waiting } from './waiting.tsx'

const route = getRouteApi('/$organization/$project/$stack/deployments/$version')

export function DeploymentPage() {
  const { version, ...names } = route.useParams()
  const query = useQuery(deploymentQuery(names, Number(version)))
  useDocumentTitle(`#${version} of ${names.project}/${names.stack} · Daypass`)
  return (
    <QueryView query={query} skeletonLines={12}>
      {(deployment) => <OneDeployment names={names} deployment={deployment} />}
    </QueryView>
  )
}

interface Props {
  readonly names: StackNames
  readonly deployment: Deployment
}

function OneDeployment({ names, deployment }: Props) {
  const place = [names.organization, names.project, names.stack].map(encodeURIComponent).join('/')
  const followed = useLog(`api/daypass/stacks/${place}/deployments/${deployment.id}/log-stream`)
  useDeploymentRead(followed, names, deployment)
  const { failure, jobs, version } = deployment
  const { steps } = followed.log
  const lines = useMemo(() => credentialsLines({ steps }), [steps])
  const identity = useMemo(() => lines && identityIn(lines), [lines])
  const refusals = useMemo(() => (lines ? refusalsIn(lines) : []), [lines])
  return (
    <Stack>
      <DeploymentHeader names={names} deployment={deployment} />
      <Waiting names={names} deployment={deployment} />
      {failure && <Failure failure={failure} refusals={refusals} />}
      <IdentityPanel organization={names.organization} deployment={deployment} identity={identity} />
      <LogView
        followed={followed}
        atEnd={deployment.status !== 'succeeded'}
        steps={jobs?.[0]?.steps ?? []}
        name={`${names.project}-${names.stack}-${version}`}
      />
    </Stack>
  )
}
