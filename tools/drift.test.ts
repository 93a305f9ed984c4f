import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CLI_PAGE_FILE, cliDrift, pageOfCli } from './cli-drift.ts'
import { pageOf } from './contract/page.ts'
import { CONTRACT_FILE, contractDrift, contractOfRoutes, PAGE_FILE } from './contract-drift.ts'
import { SCHEMA_FILE, schemaDrift, schemaOfMigrations } from './schema-drift.ts'

const REPOSITORY = join(import.meta.dirname, '..')
let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'daypass-drift-'))
  for (const folder of ['server', 'contract', 'docs']) await mkdir(join(root, folder))
  await cp(join(REPOSITORY, 'server', 'migrations'), join(root, 'server', 'migrations'), { recursive: true })
  await copyFile(join(REPOSITORY, 'package.json'), join(root, 'package.json'))
})
afterEach(() => rm(root, { recursive: true }))

test('a schema file that was just dumped has not drifted; one migration more and it has', async () => {
  await writeFile(join(root, SCHEMA_FILE), await schemaOfMigrations(root))
  expect(await schemaDrift(root)).toBeUndefined()

  const migrations = join(root, 'server', 'migrations')
  const next = (await readdir(migrations)).length + 1
  await writeFile(join(migrations, `${String(next).padStart(4, '0')}_more.sql`), 'create table aaa (id int)')
  expect(await schemaDrift(root)).toMatch(
    /^server\/schema\.sql is not what the migrations make; run `npm run db:dump`\. Line \d+ is ".*" and should be "create table aaa \("\.$/,
  )
}, 60_000)

test('a contract file that was just dumped has not drifted; one field changed and it has', async () => {
  const file = join(root, CONTRACT_FILE)
  const contract = await contractOfRoutes(root)
  await writeFile(file, contract)
  expect(await contractDrift(root)).toMatch(/^docs\/api\.md is not what the routes say/)
  await writeFile(join(root, PAGE_FILE), pageOf(contract))
  expect(await contractDrift(root)).toBeUndefined()

  await writeFile(file, (await readFile(file, 'utf8')).replace('"/api/user"', '"/api/users"'))
  expect(await contractDrift(root)).toMatch(
    /^contract\/openapi\.json is not what the routes say; run `npm run contract:dump`\. Line \d+ is ".*users.*/,
  )
})

test('a command reference that was just dumped has not drifted; one word changed and it has', async () => {
  const page = await pageOfCli(root)
  await writeFile(join(root, CLI_PAGE_FILE), page)
  expect(await cliDrift(root)).toBeUndefined()
  expect(page).toContain('### `daypass pool list`')

  await writeFile(join(root, CLI_PAGE_FILE), page.replace('### `daypass pool list`', '### `daypass pool ls`'))
  expect(await cliDrift(root)).toMatch(
    /^docs\/cli\.md is not what the command tree says; run `npm run cli:dump`\. Line \d+ is ".*pool ls`"/,
  )
})

test('files that were never dumped have drifted', async () => {
  expect(await contractDrift(root)).toContain('Line 1 is "" and should be "{".')
})
