/** The door of git hosts: from what a host told us to deployments. */
import type { RequestServices } from '../deployments/request.ts'
import type { EventContext, HandleEvent } from '../git-deliveries/delivery.ts'
import type { HostApiServices } from '../git-hosts/adapter.ts'
import { ADAPTERS } from '../git-hosts/adapters.ts'
import { findHostById } from '../git-hosts/find.ts'
import { type HostSecretsServices, openGitHost, UNREADABLE_SECRETS } from '../git-hosts/secrets.ts'
import { type EventHost, handlePush, handleTag } from '../git-push/handle.ts'
import { nothingToDo } from '../git-push/outcome.ts'
import { handleComment } from '../pull-requests/approve.ts'
import { handlePullRequest } from '../pull-requests/handle.ts'

export interface GitTriggerServices extends RequestServices, HostSecretsServices {
  readonly hostApi: HostApiServices
}

export function gitTrigger(services: GitTriggerServices): HandleEvent {
  return async (context, event) => {
    const host = await hostOf(services, context)
    if (host === 'gone') return nothingToDo('The git host is not connected any more.')
    if (host === 'unreadable') return { outcome: { problem: UNREADABLE_SECRETS }, tryAgain: true }
    switch (event.kind) {
      case 'push':
        return handlePush(services, context, host, event)
      case 'tag':
        return handleTag(services, context, host, event)
      case 'pull-request':
        return handlePullRequest(services, context, host, event)
      case 'comment':
        return handleComment(services, context, host, event)
      case 'ping':
        return nothingToDo('The host asked whether we are here.')
    }
  }
}

async function hostOf(
  services: GitTriggerServices,
  { hostId }: EventContext,
): Promise<EventHost | 'gone' | 'unreadable'> {
  const host = await findHostById(services.db, hostId)
  const adapter = host && ADAPTERS[host.kind]
  if (!host || !adapter) return 'gone'
  const opened = await openGitHost(services.db, services, host)
  if (opened === 'unreadable') return 'unreadable'
  return { host, api: adapter.api(opened, services.hostApi) }
}
