import type { StackState } from './search.ts'
import type { ListedStack } from './stacks.ts'

/** Tags that the CLI sets by itself are found, but not shown. */
const OF_THE_CLI = /^(pulumi|vcs|gitHub):/

export function ownTags({ tags }: ListedStack): [string, string][] {
  return Object.entries(tags).filter(([name]) => !OF_THE_CLI.test(name))
}

/** Every word must be found, in whatever place of `project/stack` or of `tag=value`. */
export function matching(
  stacks: readonly ListedStack[],
  search: string,
  state?: StackState,
): readonly ListedStack[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0 && state === undefined) return stacks
  return stacks.filter((stack) => {
    if (state !== undefined && !isIn(stack, state)) return false
    if (words.length === 0) return true
    const { projectName, stackName, tags } = stack
    const tagged = Object.entries(tags).map(([name, value]) => `${name}=${value}`)
    const text = [`${projectName}/${stackName}`, ...tagged].join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

function isIn({ lastResult, deploymentsPaused, driftDetected }: ListedStack, state: StackState): boolean {
  if (state === 'drifted') return driftDetected
  if (state === 'paused') return deploymentsPaused
  return state === 'never' ? lastResult === undefined : lastResult === state
}
