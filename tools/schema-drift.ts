// Whether server/schema.sql, which people read, says what the migrations do.
import { readFile } from 'node:fs/promises'
import { migrate } from '../server/src/db/migrate.ts'
import { firstDifferingLine } from './first-difference.ts'
import { dumpSchema } from './schema/dump.ts'
import { withFreshDatabase } from './schema/fresh-database.ts'

export const SCHEMA_FILE = 'server/schema.sql'

/** @param root the checkout */
export function schemaOfMigrations(root: string): Promise<string> {
  return withFreshDatabase(async (db) => {
    await migrate(db, `${root}/server/migrations`)
    return dumpSchema(db)
  })
}

/** @returns a sentence, or undefined when nothing drifted */
export async function schemaDrift(root: string): Promise<string | undefined> {
  const committed = await readFile(`${root}/${SCHEMA_FILE}`, 'utf8').catch(() => '')
  const difference = firstDifferingLine(committed, await schemaOfMigrations(root))
  if (difference === undefined) return undefined
  return `${SCHEMA_FILE} is not what the migrations make; run \`npm run db:dump\`. ${difference}`
}
