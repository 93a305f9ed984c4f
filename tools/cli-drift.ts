// Whether docs/cli.md, which people read, says what the command tree of `daypass` takes.
import { readFile } from 'node:fs/promises'
import { pageOfCommands } from './cli/page.ts'
import { contractOfRoutes } from './contract-drift.ts'
import { firstDifferingLine } from './first-difference.ts'

export const CLI_PAGE_FILE = 'docs/cli.md'

/** @param root the checkout */
export async function pageOfCli(root: string): Promise<string> {
  // From the routes and not from the file: a check may run before the file was dumped.
  const { components } = JSON.parse(await contractOfRoutes(root))
  return pageOfCommands(new Set(Object.keys(components.schemas)))
}

/** @returns a sentence, or undefined when nothing drifted */
export async function cliDrift(root: string): Promise<string | undefined> {
  const committed = await readFile(`${root}/${CLI_PAGE_FILE}`, 'utf8').catch(() => '')
  const difference = firstDifferingLine(committed, await pageOfCli(root))
  return difference === undefined
    ? undefined
    : `${CLI_PAGE_FILE} is not what the command tree says; run \`npm run cli:dump\`. ${difference}`
}
