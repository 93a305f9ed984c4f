import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { FollowedLog } from '../log/use-log.ts'
import { type Deployment, isOver } from './deployment.ts'
import { deploymentQuery, type StackNames } from './deployments.ts'

/** Reads a deployment again when its log tells that a step began or ended, or all of it: its times and its end. */
export function useDeploymentRead(
  { log, state, waitsFor }: FollowedLog,
  names: StackNames,
  { version, status }: Deployment,
): void {
  const client = useQueryClient()
  const steps = log.steps.map((step) => step.status).join()
  const isEnded = state.is === 'over'
  useEffect(() => {
    if (isOver(status) || (steps === '' && waitsFor === undefined && !isEnded)) return
    void client.invalidateQueries({ queryKey: deploymentQuery(names, version).queryKey })
    // Only what the log tells: the status changes by this.
  }, [client, steps, isEnded, waitsFor])
}
