/**
 * GitHub and GitHub Enterprise Server, as an App or with a webhook and a token.
 *
 * @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
import type { GitHostAdapter } from '../adapter.ts'
import { isPrefixedHmacSha256 } from '../signature.ts'
import { gitHubApi } from './api.ts'
import { readGitHub } from './read.ts'

export const github: GitHostAdapter = {
  keptHeaders: ['x-github-event'],
  verify: (raw, headers, secret) =>
    isPrefixedHmacSha256(raw, secret, headers['x-hub-signature-256'], 'sha256='),
  deliveryKey: (headers) => headers['x-github-delivery'],
  eventName: (_raw, headers) => headers['x-github-event'] ?? 'unknown',
  read: (raw, headers) => readGitHub(raw, headers['x-github-event']),
  api: gitHubApi,
}
