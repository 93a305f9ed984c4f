// `npm run db:dump`: writes server/schema.sql from the migrations.
import { writeFile } from 'node:fs/promises'
import { SCHEMA_FILE, schemaOfMigrations } from './schema-drift.ts'

const root = process.cwd()
await writeFile(`${root}/${SCHEMA_FILE}`, await schemaOfMigrations(root))
console.log(`Wrote ${SCHEMA_FILE}.`)
