/** What the runners of a pool have to do. */
import type { ListedDeployment } from './pools.ts'

export interface Load {
  readonly running: number
  readonly waiting: number
}

export function loadOf(
  poolId: string,
  open: readonly Pick<ListedDeployment, 'status' | 'agentPool'>[],
): Load {
  const here = open.filter(({ agentPool }) => agentPool?.id === poolId)
  const waiting = here.filter(({ status }) => status === 'not-started').length
  return { running: here.length - waiting, waiting }
}

/** "2 running, 1 waiting"; undefined for a pool that has nothing to do. */
export function loadWords({ running, waiting }: Load): string | undefined {
  const parts = [running > 0 && `${running} running`, waiting > 0 && `${waiting} waiting`].filter(Boolean)
  return parts.length > 0 ? parts.join(', ') : undefined
}
