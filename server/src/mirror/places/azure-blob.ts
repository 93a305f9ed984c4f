/**
 * A container of Azure Blob Storage.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/put-blob
 * @see https://learn.microsoft.com/rest/api/storageservices/get-blob
 */
import type { Place } from '../mirror.ts'
import type { AccessToken } from '../pass/pass.ts'
import type { AzureTarget } from '../target.ts'
import { bearerStorePlace } from './bearer-store.ts'

/** Bearer tokens need 2017-11-09 or a later one. */
const API_VERSION = '2021-12-02'

export function azurePlace(
  fetch: typeof globalThis.fetch,
  { container, prefix, endpoint }: AzureTarget,
  pass: AccessToken,
): Place {
  return bearerStorePlace({
    fetch,
    who: `Azure Blob Storage at ${endpoint}/${container}`,
    url: `${endpoint}/${container}${prefix}`,
    pass,
    headers: { 'x-ms-version': API_VERSION },
    headersOf: ({ contentType, cacheControl }) => ({
      'x-ms-blob-type': 'BlockBlob',
      'x-ms-blob-content-type': contentType,
      'x-ms-blob-cache-control': cacheControl,
    }),
    storedStatus: 201,
    missingStatuses: [404],
  })
}
