// Whether contract/openapi.json, which clients are made from, and docs/api.md, which people read, say what the server's
// routes take.
import { readFile } from 'node:fs/promises'
import { openapiOf } from './contract/openapi.ts'
import { pageOf } from './contract/page.ts'
import { routesOfServer } from './contract/routes.ts'
import { firstDifferingLine } from './first-difference.ts'

export const CONTRACT_FILE = 'contract/openapi.json'
export const PAGE_FILE = 'docs/api.md'

/** @param root the checkout */
export async function contractOfRoutes(root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(`${root}/package.json`, 'utf8'))
  return openapiOf(await routesOfServer(), version)
}

/** @returns a sentence, or undefined when nothing drifted */
export async function contractDrift(root: string): Promise<string | undefined> {
  const contract = await contractOfRoutes(root)
  for (const [file, text] of [
    [CONTRACT_FILE, contract],
    [PAGE_FILE, pageOf(contract)],
  ] as const) {
    const committed = await readFile(`${root}/${file}`, 'utf8').catch(() => '')
    const difference = firstDifferingLine(committed, text)
    if (difference !== undefined) {
      return `${file} is not what the routes say; run \`npm run contract:dump\`. ${difference}`
    }
  }
  return undefined
}
