import type { StackNames } from '../deployments/deployments.ts'

/** Where the server has a stack, below its base path: no name can be taken for more than a name. */
export function stackPath({ organization, project, stack }: StackNames): string {
  return `api/stacks/${[organization, project, stack].map(encodeURIComponent).join('/')}`
}
