/** Whether a stack has deployment settings: some things are offered only to stacks that have. */
import type { Queryable } from '../db/database.ts'
import { readSavedSettings } from './settings.sql.ts'

export async function hasSavedSettings(tx: Queryable, stackId: string): Promise<boolean> {
  return (await readSavedSettings(tx, stackId)) !== undefined
}
