/** Changes to saved settings, each in one transaction under the stack's lock. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import type { StackSecrets } from '../secrets/stack-secrets.ts'
import { checkSettings } from './check-settings.ts'
import { mergeSettings } from './merge.ts'
import { checkOidcChange, isSameOidc } from './oidc-rule.ts'
import type { SettingsPatch } from './read-settings.ts'
import { sealSettings } from './seal.ts'
import { deleteSettings, lockStackForSettings, readSavedSettings, writeSettings } from './settings.sql.ts'
import type { Oidc, SavedSettings, SettingsOrigin } from './settings.ts'

export interface SettingsChange {
  readonly kind: 'merge' | 'replace'
  readonly patch: SettingsPatch
  readonly source: SettingsOrigin
  readonly by: Changer
}

export interface Changer {
  readonly userId: string
  /** For the audit: `user:<login>`. */
  readonly actor: string
  readonly isOrganizationAdmin: boolean
}

/** The stack by its id, and as the audit names it. */
export interface ChangedStack {
  readonly id: string
  readonly organizationId: string
  readonly fullName: string
}

export interface Changed {
  readonly saved: SavedSettings
  /** Sentences about what was dropped. */
  readonly notes: readonly string[]
}

/** Undefined when the stack is gone. */
export async function changeSettings(
  { db, secrets }: { readonly db: Database; readonly secrets: StackSecrets },
  stack: ChangedStack,
  { kind, patch, source, by }: SettingsChange,
): Promise<Changed | Refusal | undefined> {
  const stackId = stack.id
  return db.transaction(async (tx) => {
    if (!(await lockStackForSettings(tx, stackId))) return undefined
    const before = (await readSavedSettings(tx, stackId))?.settings ?? {}
    const draft = mergeSettings(kind === 'merge' ? before : {}, patch)
    const refusal =
      checkOidcChange(before.operationContext?.oidc, draft.operationContext?.oidc, by.isOrganizationAdmin) ??
      checkSettings(draft)
    if (refusal) return refusal
    const sealed = await sealSettings({ secrets, tx, stackId }, draft)
    if ('reason' in sealed) return sealed
    const saved = await writeSettings(tx, { stackId, settings: sealed.settings, source, userId: by.userId })
    const oidc = [before, sealed.settings].map(({ operationContext }) => operationContext?.oidc)
    await audit(tx, stack, by, 'deployment_settings.changed', oidc)
    return { saved, notes: sealed.notes }
  })
}

/** False when there were none. */
export async function removeSettings(
  db: Database,
  stack: ChangedStack,
  by: Changer,
): Promise<boolean | Refusal> {
  return db.transaction(async (tx) => {
    if (!(await lockStackForSettings(tx, stack.id))) return false
    const before = (await readSavedSettings(tx, stack.id))?.settings ?? {}
    const refusal = checkOidcChange(before.operationContext?.oidc, undefined, by.isOrganizationAdmin)
    if (refusal) return refusal
    const removed = await deleteSettings(tx, stack.id)
    const oidc = [before.operationContext?.oidc, undefined]
    if (removed) await audit(tx, stack, by, 'deployment_settings.removed', oidc)
    return removed
  })
}

/** Who changed what a stack's deployments may ask a cloud for is what people look for here. */
async function audit(
  tx: Queryable,
  { organizationId, fullName }: ChangedStack,
  { actor }: Changer,
  action: string,
  [before, after]: readonly (Oidc | undefined)[],
): Promise<void> {
  const details = isSameOidc(before, after) ? {} : { oidcBefore: before ?? null, oidcAfter: after ?? null }
  await recordAudit(tx, { organizationId, actor, action, target: fullName, details })
}
