/** What went wrong last stands with the connection until something went well. */
import type { Queryable } from '../db/database.ts'
import { forgetFailure, noteFailure } from './host.sql.ts'

/** @param problem What to mend; undefined: it went well. */
export async function noteHealth(db: Queryable, hostId: string, problem: string | undefined): Promise<void> {
  if (problem === undefined) await forgetFailure(db, hostId)
  else await noteFailure(db, hostId, problem)
}
