/** Approving without a word on the host, for admins: what runs then is found like whatever nobody told us of. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { ApprovedPullRequest, ApprovePullRequestRequest } from '@daypass/contract/git-hosts.ts'
import { actorOf, type UserPrincipal } from '../access/principal.ts'
import type { Database } from '../db/database.ts'
import { addFoundPullRequest } from '../git-deliveries/found.ts'
import { type PullRequestFacts, readCommitId, readRepositoryName } from '../git-events/git-event.ts'
import {
  type HostApiServices,
  type HostRefusal,
  HostUnavailable,
  isHostRefusal,
} from '../git-hosts/adapter.ts'
import { cloneUrlOf, type GitHost } from '../git-hosts/git-host.ts'
import { reachHost } from '../git-hosts/reach.ts'
import { type HostSecretsServices, UNREADABLE_SECRETS } from '../git-hosts/secrets.ts'
import { approvable, recordApproval } from './approve.ts'
import { askPullRequest } from './ask.ts'
import { findPullRequest, notePullRequest, type PullRequestKey } from './pull-request.sql.ts'

export interface ApproveServices extends HostSecretsServices {
  readonly db: Database
  readonly hostApi: HostApiServices
  readonly randomUuid: () => string
}

export async function approveAsAdmin(
  services: ApproveServices,
  caller: UserPrincipal,
  host: GitHost,
  { repository: name, pullRequest: number, commit: said }: ApprovePullRequestRequest,
): Promise<ApprovedPullRequest | Refusal> {
  const { db, randomUuid } = services
  const [repository, commit] = [readRepositoryName(name), readCommitId(said)]
  if (repository === undefined || commit === undefined) return notApproved('It is no commit of a repository.')
  const key = { hostId: host.id, repository, number }
  const known = await findPullRequest(db, key)
  const facts = await askHostFor(services, host, key)
  if (isHostRefusal(facts)) return notApproved(facts.sentence)
  const approved = approvable(facts, commit, known)
  if ('why' in approved) return notApproved(approved.why)
  await db.transaction(async (tx) => {
    const { id } = await notePullRequest(tx, { id: randomUuid(), hostId: host.id, repository }, approved)
    const by = { approvedBy: caller.login, through: 'admin' } as const
    const isNew = await recordApproval(tx, host, { id, repository, facts: approved }, by, actorOf(caller))
    if (!isNew) return
    await addFoundPullRequest(tx, services, {
      hostId: host.id,
      repository,
      repositoryUrl: cloneUrlOf(host, repository),
      event: 'pull request approved',
      key: `approved:${commit}:${approved.baseBranch}`,
      facts: approved,
    })
  })
  const { baseBranch, author } = approved
  return { repository, pullRequest: number, commit, baseBranch, author }
}

async function askHostFor(
  services: ApproveServices,
  host: GitHost,
  { repository, number }: PullRequestKey,
): Promise<PullRequestFacts | undefined | HostRefusal> {
  const reached = await reachHost(services, host)
  if (typeof reached === 'string') return { code: 'HOST_UNAUTHORIZED', sentence: UNREADABLE_SECRETS }
  try {
    return await askPullRequest(reached.api, repository, number)
  } catch (error) {
    if (!(error instanceof HostUnavailable)) throw error
    return { code: 'HOST_REFUSED', sentence: `${error.message} Try again later.` }
  }
}

/** Nothing was changed; the sentence says what is in the way. */
function notApproved(why: string): Refusal {
  return { status: 409, reason: 'pull_request_not_approved', message: `Conflict: ${why}` }
}
