/** A pool that goes, taken out of the settings that name it. */
import type { Queryable } from '../db/database.ts'
import { type ChangedStack, recordChange } from './change.ts'
import { readSavedSettings, writeSettings } from './settings.sql.ts'

/** Call it under the stack's lock. */
export async function forgetPool(
  tx: Queryable,
  stack: ChangedStack,
  by: { readonly userId: string; readonly actor: string },
): Promise<void> {
  const saved = await readSavedSettings(tx, stack.id)
  if (!saved) return
  const { agentPoolID: _gone, ...settings } = saved.settings
  const { userId, actor } = by
  const { version } = await writeSettings(tx, { stackId: stack.id, settings, source: saved.source, userId })
  await recordChange(tx, stack, actor, {
    action: 'deployment_settings.changed',
    before: saved.settings,
    after: settings,
    version,
  })
}
