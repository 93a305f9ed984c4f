/**
 * Gitea and Forgejo.
 *
 * @see https://docs.gitea.com/usage/webhooks
 */
import type { GitHostAdapter } from '../adapter.ts'
import { isHmacSha256, isPrefixedHmacSha256 } from '../signature.ts'
import { giteaApi } from './api.ts'
import { readGitea } from './read.ts'

export const gitea: GitHostAdapter = {
  keptHeaders: ['x-gitea-event', 'x-gitea-event-type'],
  verify: (raw, headers, secret) =>
    headers['x-gitea-signature'] === undefined
      ? isPrefixedHmacSha256(raw, secret, headers['x-hub-signature-256'], 'sha256=')
      : isHmacSha256(raw, secret, headers['x-gitea-signature']),
  deliveryKey: (headers) => headers['x-gitea-delivery'],
  eventName: (_raw, headers) => headers['x-gitea-event-type'] ?? headers['x-gitea-event'] ?? 'unknown',
  read: (raw, headers) => readGitea(raw, headers['x-gitea-event'], headers['x-gitea-event-type']),
  api: giteaApi,
}
