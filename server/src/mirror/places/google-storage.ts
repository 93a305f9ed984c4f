/**
 * A bucket of Google Cloud Storage, over its XML API: one PUT holds the object and its headers.
 *
 * @see https://cloud.google.com/storage/docs/xml-api/put-object
 * @see https://cloud.google.com/storage/docs/xml-api/get-object
 */
import type { Place } from '../mirror.ts'
import type { AccessToken } from '../pass/pass.ts'
import type { GoogleTarget } from '../target.ts'
import { bearerStorePlace } from './bearer-store.ts'

export function googlePlace(
  fetch: typeof globalThis.fetch,
  { bucket, prefix, endpoint }: GoogleTarget,
  pass: AccessToken,
): Place {
  return bearerStorePlace({
    fetch,
    who: `Google Cloud Storage at ${endpoint}/${bucket}`,
    url: `${endpoint}/${bucket}${prefix}`,
    pass,
    headers: {},
    headersOf: ({ contentType, cacheControl }) => ({
      'content-type': contentType,
      'cache-control': cacheControl,
    }),
    storedStatus: 200,
    // 403 of what is not there, to whoever may not list the bucket.
    missingStatuses: [404, 403],
  })
}
