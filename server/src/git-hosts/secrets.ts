/** What a host is spoken to with, sealed under its organization's data key as one text. */
import { jsonObject } from '@daypass/contract/json-object.ts'
import type { Queryable } from '../db/database.ts'
import { MasterKeyError } from '../secrets/master-key.ts'
import type { StackSecrets } from '../secrets/stack-secrets.ts'
import type { GitHost, HostSecrets, OpenedHost } from './git-host.ts'

export interface HostSecretsServices {
  readonly organizationSecrets: StackSecrets
}

export function sealHostSecrets(
  tx: Queryable,
  { organizationSecrets }: HostSecretsServices,
  organizationId: string,
  secrets: HostSecrets,
): Promise<Buffer> {
  return organizationSecrets.seal(tx, organizationId, 'git-host', Buffer.from(JSON.stringify(secrets)))
}

export const UNREADABLE_SECRETS =
  'The secrets of this git host do not open: the master key of the server is not the one that they were saved with. Connect the host again.'

/** `unreadable`: they were saved under another master key. */
export async function openGitHost(
  tx: Queryable,
  { organizationSecrets }: HostSecretsServices,
  { organizationId, sealedSecrets, ...host }: GitHost,
): Promise<OpenedHost | 'unreadable'> {
  const opened = await organizationSecrets
    .open(tx, organizationId, 'git-host', sealedSecrets)
    .catch((error: unknown) => {
      if (error instanceof MasterKeyError) return undefined
      throw error
    })
  const secrets = opened && jsonObject(opened.toString('utf8'))
  if (typeof secrets?.['webhookSecret'] !== 'string') return 'unreadable'
  const { id, kind, webUrl, apiUrl, settings } = host
  return { id, kind, webUrl, apiUrl, settings, secrets: secrets as unknown as HostSecrets }
}
