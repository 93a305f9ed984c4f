/** The settings that one deployment is fixed to: what the request brings, over what is saved if it inherits. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Queryable } from '../db/database.ts'
import { checkSettings } from './check-settings.ts'
import { mergeSettings } from './merge.ts'
import { checkOidcChange, type OidcChanger } from './oidc-rule.ts'
import type { SettingsPatch } from './read-settings.ts'
import { type SealContext, type Sealed, sealSettings } from './seal.ts'
import { readSavedSettings } from './settings.sql.ts'
import type { StoredSettings } from './settings.ts'

/** Call it under the stack's lock. */
export async function mergedForDeployment(
  context: SealContext,
  organizationId: string,
  request: { readonly inheritSettings: boolean; readonly settings: SettingsPatch },
  by: OidcChanger,
): Promise<Sealed | Refusal> {
  const saved = (await readSavedSettings(context.tx, context.stackId))?.settings ?? {}
  const draft = mergeSettings(request.inheritSettings ? saved : {}, request.settings)
  const oidc = { before: saved.operationContext?.oidc, after: draft.operationContext?.oidc }
  // To run without the block takes nothing from anybody; to run with another one does.
  const refusal =
    oidc.after === undefined ? undefined : await checkOidcChange(context.tx, organizationId, oidc, by)
  return refusal ?? checkSettings(draft) ?? sealSettings(context, draft)
}

/** What the stack itself says, whatever a deployment was asked for with. */
export async function savedForStack(tx: Queryable, stackId: string): Promise<StoredSettings> {
  return (await readSavedSettings(tx, stackId))?.settings ?? {}
}
