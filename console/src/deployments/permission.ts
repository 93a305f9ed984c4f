import { useStackPermission } from '../stack/permission.ts'
import type { StackNames } from './deployments.ts'

/** Why the person may not deploy the stack; undefined when they may. The server decides again with each request. */
export function useWhyNotDeploy(names: StackNames): string | undefined {
  const permission = useStackPermission(names)
  if (permission === undefined || permission.canWrite) return undefined
  return 'You may read this stack. Deploying it takes the permission “write”: ask an administrator of the stack or the organization.'
}
