/** Connections as our API answers them. A secret comes out in the answer that made it, and never again. */
import { GIT_EVENTS_PATH, type GitHostResponse } from '@daypass/contract/git-hosts.ts'
import type { GitHost } from './git-host.ts'
import { type PollsOfHosts, pollingAnswer } from './polling/answer.ts'

export interface Shown {
  readonly baseUrl: string
  readonly polls: PollsOfHosts
  readonly webhookSecret?: string | undefined
}

export function gitHostAnswer(host: GitHost, { baseUrl, polls, webhookSecret }: Shown): GitHostResponse {
  const { id, name, kind, webUrl, apiUrl, settings, createdAt, lastEventAt, lastFailureAt, lastFailure } =
    host
  return {
    id,
    name,
    kind,
    webUrl,
    ...(apiUrl !== null && { apiUrl }),
    eventsUrl: baseUrl + GIT_EVENTS_PATH.replace(':hostId', id),
    ...(settings.appId !== undefined && { appId: settings.appId }),
    repositories: [...(settings.repositories ?? [])],
    comments: settings.comments ?? true,
    connected: createdAt.toISOString(),
    ...(lastEventAt && { lastEvent: lastEventAt.toISOString() }),
    ...(lastFailureAt && {
      lastFailure: { at: lastFailureAt.toISOString(), message: lastFailure ?? '' },
    }),
    ...pollingAnswer(host, polls),
    ...(webhookSecret !== undefined && { webhookSecret }),
  }
}
