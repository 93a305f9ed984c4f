/** Which of the server's answers a change makes old, by the keys that queries have: what it is, and then of what. */
import type { OrganizationChange } from '@daypass/contract/log-stream.ts'

/** First words of keys of what deployments change. */
const OF_A_STACK = new Set([
  'deployments',
  'deployment',
  'outputs',
  'stack',
  'resources',
  'resource',
  'updates',
  'update',
])
const OF_AN_ORGANIZATION = new Set(['stacks', 'deployments'])

export type Reach = 'stack' | 'organization'

interface Names {
  readonly organization: string
  readonly project: string
  readonly stack: string
}

/** How far what a query shows reaches; undefined when it is not of this organization, or no deployment changes it. */
export function reachOf([kind, of]: readonly unknown[], organization: string): Reach | undefined {
  if (of === organization) return OF_AN_ORGANIZATION.has(String(kind)) ? 'organization' : undefined
  const isOfStack = isNames(of) && of.organization === organization && OF_A_STACK.has(String(kind))
  return isOfStack ? 'stack' : undefined
}

/** @param queryKey of something whose reach is a stack */
export function isOfChange([, of]: readonly unknown[], change: OrganizationChange): boolean {
  return change.what === 'everything' || (isNames(of) && change.stack === `${of.project}/${of.stack}`)
}

function isNames(of: unknown): of is Names {
  return typeof of === 'object' && of !== null && 'stack' in of
}
