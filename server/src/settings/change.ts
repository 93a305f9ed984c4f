/** Changes to saved settings, each in one transaction under the stack's lock. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { SettingsOrigin } from '@daypass/contract/settings.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import type { StackSecrets } from '../secrets/stack-secrets.ts'
import { type ChangedPaths, changedPaths } from './changed-paths.ts'
import { checkPool, checkSettings } from './check-settings.ts'
import { mergeSettings } from './merge.ts'
import { checkOidcChange, isSameOidc, type OidcChanger } from './oidc-rule.ts'
import type { SettingsPatch } from './read-settings.ts'
import { sealSettings } from './seal.ts'
import { deleteSettings, lockStackForSettings, readSavedSettings, writeSettings } from './settings.sql.ts'
import type { SavedSettings, StoredSettings } from './settings.ts'

export interface SettingsChange {
  readonly kind: 'merge' | 'replace'
  readonly patch: SettingsPatch
  readonly source: SettingsOrigin
  readonly by: Changer
}

export interface Changer extends OidcChanger {
  readonly userId: string
  /** For the audit: `user:<login>`. */
  readonly actor: string
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
    const oidc = { before: before.operationContext?.oidc, after: draft.operationContext?.oidc }
    const refusal =
      (await checkOidcChange(tx, stack.organizationId, oidc, by)) ??
      checkSettings(draft) ??
      (await checkPool(tx, stack.organizationId, before, draft))
    if (refusal) return refusal
    const sealed = await sealSettings({ secrets, tx, stackId }, draft)
    if ('reason' in sealed) return sealed
    const saved = await writeSettings(tx, { stackId, settings: sealed.settings, source, userId: by.userId })
    await recordChange(tx, stack, by.actor, {
      action: 'deployment_settings.changed',
      before,
      after: sealed.settings,
      version: saved.version,
    })
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
    const oidc = { before: before.operationContext?.oidc, after: undefined }
    const refusal = await checkOidcChange(tx, stack.organizationId, oidc, by)
    if (refusal) return refusal
    const removed = await deleteSettings(tx, stack.id)
    const action = 'deployment_settings.removed'
    if (removed) await recordChange(tx, stack, by.actor, { action, before, after: {} })
    return removed
  })
}

export interface RecordedChange {
  readonly action: 'deployment_settings.changed' | 'deployment_settings.removed'
  readonly before: StoredSettings
  readonly after: StoredSettings
  /** Of the settings, after the change. */
  readonly version?: number
}

/** Who changed what a stack's deployments may ask a cloud for is what people look for here, so that stands whole. */
export async function recordChange(
  tx: Queryable,
  { organizationId, fullName }: Pick<ChangedStack, 'organizationId' | 'fullName'>,
  actor: string,
  { action, before, after, version }: RecordedChange,
): Promise<void> {
  const [oidcBefore, oidcAfter] = [before.operationContext?.oidc, after.operationContext?.oidc]
  const paths: ChangedPaths = changedPaths(before, after)
  const details = {
    ...(version !== undefined && { version }),
    ...paths,
    ...(!isSameOidc(oidcBefore, oidcAfter) && {
      oidcBefore: oidcBefore ?? null,
      oidcAfter: oidcAfter ?? null,
    }),
  }
  await recordAudit(tx, { organizationId, actor, action, target: fullName, details })
}
