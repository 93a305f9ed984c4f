/** The door of git hosts: from what a host told us to deployments. */
import type { Queryable } from '../db/database.ts'
import type { RequestServices } from '../deployments/request.ts'
import type { HandleEvent } from '../git-deliveries/delivery.ts'
import { readCommitId } from '../git-events/git-event.ts'
import type { HostApi, HostApiServices } from '../git-hosts/adapter.ts'
import { type ReachedHost, reachHostById } from '../git-hosts/reach.ts'
import { type HostSecretsServices, UNREADABLE_SECRETS } from '../git-hosts/secrets.ts'
import { polledHead } from '../git-polls/take-report.ts'
import { handlePush, handleTag } from '../git-push/handle.ts'
import { nothingToDo } from '../git-push/outcome.ts'
import { handleComment } from '../pull-requests/approve.ts'
import { handlePullRequest } from '../pull-requests/handle.ts'

export interface GitTriggerServices extends RequestServices, HostSecretsServices {
  readonly hostApi: HostApiServices
}

export function gitTrigger(services: GitTriggerServices): HandleEvent {
  return async (context, event) => {
    const reached = await reachHostById(services, context.hostId)
    if (reached === 'gone') return nothingToDo('The git host is not connected any more.')
    if (reached === 'unreadable') return { outcome: { problem: UNREADABLE_SECRETS }, tryAgain: true }
    const host = reached.host.kind === 'polling' ? polledHost(services.db, reached) : reached
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

/** Nobody there can be asked where a branch is: what a runner saw last is the answer. */
function polledHost(db: Queryable, { host, api }: ReachedHost): ReachedHost {
  const branchHead: HostApi['branchHead'] = async (repository, branch) => {
    const commit = readCommitId(await polledHead(db, { hostId: host.id, repository }, branch))
    return commit && { commit, message: '' }
  }
  return { host, api: { ...api, branchHead } }
}
