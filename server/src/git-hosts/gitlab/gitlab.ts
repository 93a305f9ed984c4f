/**
 * GitLab, gitlab.com or one's own. Its webhooks are not signed: they carry the secret itself, so they need https.
 *
 * @see https://docs.gitlab.com/user/project/integrations/webhooks/
 */
import type { GitHostAdapter } from '../adapter.ts'
import { isSecret } from '../signature.ts'
import { gitLabApi } from './api.ts'
import { readGitLab } from './read.ts'

export const gitlab: GitHostAdapter = {
  keptHeaders: ['x-gitlab-event'],
  verify: (_raw, headers, secret) => isSecret(headers['x-gitlab-token'], secret),
  // The same when it sends one again; older releases have none.
  deliveryKey: (headers) => headers['idempotency-key'],
  eventName: (_raw, headers) => headers['x-gitlab-event'] ?? 'unknown',
  read: (raw) => readGitLab(raw),
  api: gitLabApi,
}
