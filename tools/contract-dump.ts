// `npm run contract:dump`: writes contract/openapi.json and docs/api.md from the server's routes.
import { writeFile } from 'node:fs/promises'
import { pageOf } from './contract/page.ts'
import { CONTRACT_FILE, contractOfRoutes, PAGE_FILE } from './contract-drift.ts'

const root = process.cwd()
const contract = await contractOfRoutes(root)
await writeFile(`${root}/${CONTRACT_FILE}`, contract)
await writeFile(`${root}/${PAGE_FILE}`, pageOf(contract))
console.log(`Wrote ${CONTRACT_FILE} and ${PAGE_FILE}.`)
