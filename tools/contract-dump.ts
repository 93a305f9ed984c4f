// `npm run contract:dump`: writes contract/openapi.json from the server's routes.
import { writeFile } from 'node:fs/promises'
import { CONTRACT_FILE, contractOfRoutes } from './contract-drift.ts'

const root = process.cwd()
await writeFile(`${root}/${CONTRACT_FILE}`, await contractOfRoutes(root))
console.log(`Wrote ${CONTRACT_FILE}.`)
