/** Which of the server's answers a change makes old, by the keys that queries have. */
import type { OrganizationChange } from '@daypass/contract/log-stream.ts'

/** First words of keys of what deployments change. */
const OF_A_STACK = new Set(['deployments', 'deployment', 'outputs', 'stack', 'resources', 'updates'])
const OF_AN_ORGANIZATION = new Set(['stacks', 'organization-deployments'])

export type Reach = 'stack' | 'organization'

/** How far what a query shows reaches; undefined when it is not of this organization, or no deployment changes it. */
export function reachOf(queryKey: readonly unknown[], organization: string): Reach | undefined {
  if (!namesIn(queryKey).includes(organization)) return undefined
  if (OF_AN_ORGANIZATION.has(String(queryKey[0]))) return 'organization'
  return OF_A_STACK.has(String(queryKey[0])) ? 'stack' : undefined
}

/** @param queryKey of something whose reach is a stack */
export function isOfChange(queryKey: readonly unknown[], change: OrganizationChange): boolean {
  const names = namesIn(queryKey)
  return change.what === 'everything' || change.stack.split('/').every((name) => names.includes(name))
}

/** Keys name what they are of one by one, or in an object. */
function namesIn([, ...parts]: readonly unknown[]): unknown[] {
  return parts.flatMap((part) => (typeof part === 'object' && part ? Object.values(part) : [part]))
}
