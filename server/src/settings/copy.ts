/**
 * The saved settings of one stack for another one: what is sealed for the first is opened, and sealed for the second. Only the
 * server does this; a ciphertext alone opens nowhere but where it was made.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { SettingsOrigin } from '@daypass/contract/settings.ts'
import type { Queryable } from '../db/database.ts'
import type { StackSecrets } from '../secrets/stack-secrets.ts'
import { checkSettings } from './check-settings.ts'
import { openBound, openEnvironment, type SealContext, sealSettings } from './seal.ts'
import { readSavedSettings, writeSettings } from './settings.sql.ts'
import type { DraftSettings, DraftValue, GitAuth, StoredSettings, StoredValue } from './settings.ts'

export interface SettingsCopy {
  readonly from: string
  readonly to: string
  readonly source: SettingsOrigin
  readonly userId: string
  /** What is otherwise in the copy. */
  readonly change: (settings: StoredSettings) => StoredSettings
}

/** Call it in the transaction that holds both stacks. @returns Undefined when it is done. */
export async function copySettings(
  tx: Queryable,
  secrets: StackSecrets,
  { from, to, source, userId, change }: SettingsCopy,
): Promise<Refusal | undefined> {
  const saved = await readSavedSettings(tx, from)
  if (!saved) return { status: 409, reason: 'no_settings', message: 'The stack has no deployment settings.' }
  const draft = await opened({ secrets, tx, stackId: from }, change(saved.settings))
  if (draft === undefined) return doesNotOpen
  const refusal = checkSettings(draft)
  if (refusal) return refusal
  const sealed = await sealSettings({ secrets, tx, stackId: to }, draft)
  if ('reason' in sealed) return sealed
  await writeSettings(tx, { stackId: to, settings: sealed.settings, source, userId })
  return undefined
}

/** The same settings as they are, but for some of their fields. The stack is held. */
export async function adjustSettings(
  tx: Queryable,
  { stackId, userId }: { readonly stackId: string; readonly userId: string },
  change: (settings: StoredSettings) => StoredSettings,
): Promise<void> {
  const saved = await readSavedSettings(tx, stackId)
  if (!saved) return
  await writeSettings(tx, { stackId, settings: change(saved.settings), source: saved.source, userId })
}

/** With every secret in clear. Undefined: one of them does not open. */
async function opened(context: SealContext, settings: StoredSettings): Promise<DraftSettings | undefined> {
  const environment = await openEnvironment(context, settings)
  const { git, template } = settings.sourceContext ?? {}
  const { executorImage } = settings.executorContext ?? {}
  const gitAuth = await openedAuth(context, git?.gitAuth)
  const templateAuth = await openedAuth(context, template?.gitAuth)
  const password = await openedValue(context, 'registry', executorImage?.credentials?.password)
  if (!environment || gitAuth === 'shut' || templateAuth === 'shut' || password === 'shut') return undefined
  const variables = environment.map(({ name, value, secret }) => [name, secret ? { secret: value } : value])
  return {
    ...settings,
    ...(settings.sourceContext && {
      sourceContext: {
        ...(git && { git: { ...git, ...(gitAuth && { gitAuth }) } }),
        ...(template && { template: { ...template, ...(templateAuth && { gitAuth: templateAuth }) } }),
      },
    }),
    ...(settings.operationContext && {
      operationContext: {
        ...settings.operationContext,
        ...(variables.length > 0 && { environmentVariables: Object.fromEntries(variables) }),
      },
    }),
    ...(settings.executorContext && {
      executorContext: {
        ...settings.executorContext,
        ...(executorImage && {
          executorImage: {
            ...executorImage,
            ...(executorImage.credentials &&
              password !== undefined && { credentials: { ...executorImage.credentials, password } }),
          },
        }),
      },
    }),
  } as DraftSettings
}

async function openedAuth(
  context: SealContext,
  auth: GitAuth<StoredValue> | undefined,
): Promise<GitAuth<DraftValue> | 'shut' | undefined> {
  if (auth === undefined) return undefined
  const open = async (value: StoredValue | undefined) => openedValue(context, 'git', value)
  const accessToken = await open(auth.accessToken)
  const key = await open(auth.sshAuth?.sshPrivateKey)
  const passphrase = await open(auth.sshAuth?.password)
  const userName = await open(auth.basicAuth?.userName)
  const password = await open(auth.basicAuth?.password)
  if ([accessToken, key, passphrase, userName, password].includes('shut')) return 'shut'
  return {
    ...(accessToken !== undefined && { accessToken }),
    ...(key !== undefined && {
      sshAuth: { sshPrivateKey: key, ...(passphrase !== undefined && { password: passphrase }) },
    }),
    ...(userName !== undefined && password !== undefined && { basicAuth: { userName, password } }),
  } as GitAuth<DraftValue>
}

async function openedValue(
  context: SealContext,
  purpose: 'git' | 'registry',
  value: StoredValue | undefined,
): Promise<DraftValue | 'shut' | undefined> {
  if (value === undefined) return undefined
  // Credentials are sealed whatever they are: one in clear was never saved by us.
  if (typeof value === 'string') return { secret: value }
  const bound = await openBound(context, purpose, value.ciphertext)
  return bound === undefined ? 'shut' : { secret: bound.value }
}

const doesNotOpen: Refusal = {
  status: 409,
  reason: 'settings_do_not_open',
  message:
    'A secret in the settings does not open: the server’s master key is another one than when it was saved.',
}
