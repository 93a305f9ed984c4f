// Whether contract/openapi.json, which clients are made from, says what the server's routes take.
import { readFile } from 'node:fs/promises'
import { openapiOf } from './contract/openapi.ts'
import { routesOfServer } from './contract/routes.ts'
import { firstDifferingLine } from './first-difference.ts'

export const CONTRACT_FILE = 'contract/openapi.json'

/** @param root the checkout */
export async function contractOfRoutes(root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(`${root}/package.json`, 'utf8'))
  return openapiOf(await routesOfServer(), version)
}

/** @returns a sentence, or undefined when nothing drifted */
export async function contractDrift(root: string): Promise<string | undefined> {
  const committed = await readFile(`${root}/${CONTRACT_FILE}`, 'utf8').catch(() => '')
  const difference = firstDifferingLine(committed, await contractOfRoutes(root))
  if (difference === undefined) return undefined
  return `${CONTRACT_FILE} is not what the routes say; run \`npm run contract:dump\`. ${difference}`
}
