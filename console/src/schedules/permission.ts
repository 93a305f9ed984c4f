import type { StackNames } from '../deployments/deployments.ts'
import { useStackPermission } from '../stack/permission.ts'

/** Why the person may not change schedules; undefined when they may. The server decides again with each request. */
export function useWhyNotSchedule(names: StackNames): string | undefined {
  const permission = useStackPermission(names)
  if (permission === undefined || permission.canWrite) return undefined
  return 'You may read this stack. Changing its schedules takes the permission “write”: ask an administrator of the stack or the organization.'
}
