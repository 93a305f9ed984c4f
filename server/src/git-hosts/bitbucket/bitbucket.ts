/**
 * Bitbucket Cloud. Data Center has another API and other deliveries, and is not meant.
 *
 * @see https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/
 */
import type { GitHostAdapter } from '../adapter.ts'
import { isPrefixedHmacSha256 } from '../signature.ts'
import { bitbucketApi } from './api.ts'
import { readBitbucket } from './read.ts'

export const bitbucket: GitHostAdapter = {
  keptHeaders: ['x-event-key'],
  verify: (raw, headers, secret) => isPrefixedHmacSha256(raw, secret, headers['x-hub-signature'], 'sha256='),
  // The same when it tries again; `X-Attempt-Number` counts.
  deliveryKey: (headers) => headers['x-request-uuid'],
  eventName: (_raw, headers) => headers['x-event-key'] ?? 'unknown',
  read: (raw, headers) => readBitbucket(raw, headers['x-event-key']),
  api: bitbucketApi,
}
