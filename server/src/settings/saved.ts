/** What other slices ask of a stack's saved settings: some things are offered only to stacks that have any. */
import type { Queryable } from '../db/database.ts'
import { readSavedSettings } from './settings.sql.ts'
import type { Oidc } from './settings.ts'

export async function hasSavedSettings(tx: Queryable, stackId: string): Promise<boolean> {
  return (await readSavedSettings(tx, stackId)) !== undefined
}

export async function savedOidc(tx: Queryable, stackId: string): Promise<Oidc | undefined> {
  return (await readSavedSettings(tx, stackId))?.settings.operationContext?.oidc
}
