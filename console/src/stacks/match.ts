import type { ListedStack } from './stacks.ts'

/** Every word must be found, in whatever place of `project/stack`. */
export function matching(stacks: readonly ListedStack[], search: string): ListedStack[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return stacks.filter(({ projectName, stackName }) => {
    const name = `${projectName}/${stackName}`.toLowerCase()
    return words.every((word) => name.includes(word))
  })
}
