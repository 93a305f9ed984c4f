/**
 * Azure DevOps, Services or a Server. Its service hooks sign nothing: they carry the secret as the password of Basic
 * authentication, beside any user name, so they need https.
 *
 * @see https://learn.microsoft.com/azure/devops/service-hooks/services/webhooks
 */
import { jsonObject } from '@daypass/contract/json-object.ts'
import type { GitHostAdapter } from '../adapter.ts'
import { words } from '../json.ts'
import { isSecret } from '../signature.ts'
import { azureDevOpsApi } from './api.ts'
import { readAzureDevOps } from './read.ts'

export const azureDevOps: GitHostAdapter = {
  // The one that it has is secret.
  keptHeaders: [],
  verify: (_raw, headers, secret) => isSecret(basicPassword(headers['authorization']), secret),
  // Its id stands in the body, which is the same when it is sent again.
  deliveryKey: () => undefined,
  eventName: (raw) => words(jsonObject(raw.toString('utf8'))?.['eventType'], 100) || 'unknown',
  read: (raw) => readAzureDevOps(raw),
  api: azureDevOpsApi,
}

/** @see https://www.rfc-editor.org/rfc/rfc7617#section-2 The user name holds no colon. */
function basicPassword(header: string | undefined): string | undefined {
  const encoded = /^basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : text.slice(colon + 1)
}
