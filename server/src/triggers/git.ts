/** The door of git hosts: from what a host told us to deployments. */
import type { RequestServices } from '../deployments/request.ts'
import type { HandleEvent } from '../git-deliveries/delivery.ts'
import type { HostApiServices } from '../git-hosts/adapter.ts'
import { reachHostById } from '../git-hosts/reach.ts'
import { type HostSecretsServices, UNREADABLE_SECRETS } from '../git-hosts/secrets.ts'
import { handlePush, handleTag } from '../git-push/handle.ts'
import { nothingToDo } from '../git-push/outcome.ts'
import { handleComment } from '../pull-requests/approve.ts'
import { handlePullRequest } from '../pull-requests/handle.ts'

export interface GitTriggerServices extends RequestServices, HostSecretsServices {
  readonly hostApi: HostApiServices
}

export function gitTrigger(services: GitTriggerServices): HandleEvent {
  return async (context, event) => {
    const host = await reachHostById(services, context.hostId)
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
