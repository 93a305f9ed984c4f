/** One row a stack. Writers hold the stack's row, so that two merges cannot lose each other's fields. */

import type { SettingsOrigin } from '@daypass/contract/settings.ts'
import type { Queryable } from '../db/database.ts'
import type { SavedSettings, StoredSettings } from './settings.ts'

const READ = {
  name: 'read-settings',
  text: /* sql */ `select version, source, settings from deployment_settings where stack_id = $1`,
}
const LOCK_STACK = {
  name: 'lock-stack-for-settings',
  text: /* sql */ `select id from stacks where id = $1 for no key update`,
}
const WRITE = {
  name: 'write-settings',
  text: /* sql */ `
    insert into deployment_settings (stack_id, settings, source, updated_by) values ($1, $2, $3, $4)
    on conflict (stack_id) do update
       set settings = excluded.settings, source = excluded.source, updated_by = excluded.updated_by,
           version = deployment_settings.version + 1, updated_at = now()
    returning version, source, settings`,
}
const DELETE = {
  name: 'delete-settings',
  text: /* sql */ `delete from deployment_settings where stack_id = $1`,
}

export async function readSavedSettings(tx: Queryable, stackId: string): Promise<SavedSettings | undefined> {
  return (await tx.query<SavedSettings>(READ, [stackId])).rows[0]
}

/** False when the stack is gone. */
export async function lockStackForSettings(tx: Queryable, stackId: string): Promise<boolean> {
  return (await tx.query(LOCK_STACK, [stackId])).rowCount === 1
}

export async function writeSettings(
  tx: Queryable,
  row: { stackId: string; settings: StoredSettings; source: SettingsOrigin; userId: string },
): Promise<SavedSettings> {
  const { rows } = await tx.query<SavedSettings>(WRITE, [
    row.stackId,
    JSON.stringify(row.settings),
    row.source,
    row.userId,
  ])
  const [written] = rows
  if (!written) throw new Error(`The settings of stack ${row.stackId} were not written.`)
  return written
}

export async function deleteSettings(tx: Queryable, stackId: string): Promise<boolean> {
  return (await tx.query(DELETE, [stackId])).rowCount === 1
}
