import type { Database } from '../db/database.ts'
import { migrationGap } from '../db/migrate.ts'
import { StartRefusal } from '../start-refusal.ts'
import type { Readiness } from './health.ts'

/** Ready: all of them are. The first that is not says why. */
export function readinessOfAll(
  all: readonly { whyNotReady(): Promise<string | undefined> | string | undefined }[],
): Readiness {
  return {
    async whyNotReady() {
      for (const one of all) {
        const reason = await one.whyNotReady()
        if (reason !== undefined) return reason
      }
      return undefined
    },
  }
}

/** Ready: the database answers, and has exactly the tables of this release. */
export function databaseReadiness(db: Database, migrations: string): Readiness {
  return {
    async whyNotReady() {
      try {
        return await migrationGap(db, migrations)
      } catch (error) {
        return error instanceof StartRefusal ? error.message : 'The database does not answer.'
      }
    },
  }
}
