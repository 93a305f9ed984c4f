// `npm run cli:dump`: writes docs/cli.md from the command tree.
import { writeFile } from 'node:fs/promises'
import { CLI_PAGE_FILE, pageOfCli } from './cli-drift.ts'

const root = process.cwd()
await writeFile(`${root}/${CLI_PAGE_FILE}`, await pageOfCli(root))
console.log(`Wrote ${CLI_PAGE_FILE}.`)
