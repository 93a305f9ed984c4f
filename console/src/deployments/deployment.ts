/** What a deployment is, without asking the server for one. */
import type { components } from '../api/schema.d.ts'

export type Deployment = components['schemas']['GetDeploymentResponse']
export type ListedDeployment = components['schemas']['ListedDeployment']
export type Operation = Deployment['pulumiOperation']
export type DeploymentStatus = Deployment['status']
export type Step = NonNullable<Deployment['jobs']>[number]['steps'][number]

export const OPERATIONS: readonly { readonly operation: Operation; readonly says: string }[] = [
  { operation: 'update', says: 'Make the cloud as the program says' },
  { operation: 'preview', says: 'Show what an update would change' },
  { operation: 'refresh', says: 'Read the cloud into the stack’s state' },
  { operation: 'destroy', says: 'Delete every resource of the stack' },
  { operation: 'detect-drift', says: 'Tell whether the cloud was changed by others' },
  { operation: 'remediate-drift', says: 'Undo what others changed' },
]

export function isOver(status: DeploymentStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'skipped'
}

/** Milliseconds of a step until now or its end; undefined before it began. */
export function spanOf({ started, lastUpdated, status }: Step, now = Date.now()): number | undefined {
  if (started === undefined) return undefined
  const end = status === 'running' || lastUpdated === undefined ? now : momentOf(lastUpdated).getTime()
  return end - momentOf(started).getTime()
}

/** Pulumi's API writes moments in two ways: `2026-11-30 03:00:00.000`, which is UTC, and by RFC 3339. */
export function momentOf(written: string): Date {
  return new Date(/^\d{4}-\d\d-\d\d \d\d:/.test(written) ? `${written.replace(' ', 'T')}Z` : written)
}
