/**
 * Pull requests whose end, or whose newest commit, nobody told us of: what is open by our knowledge is held against the
 * host's list now and then. What is found goes the way of an event.
 */
import type { Database } from '../db/database.ts'
import { addFoundPullRequest } from '../git-deliveries/found.ts'
import { type PullRequestFacts, type RepositoryName, readRepositoryName } from '../git-events/git-event.ts'
import { type HostApi, type HostApiServices, HostUnavailable, isHostRefusal } from '../git-hosts/adapter.ts'
import { cloneUrlOf } from '../git-hosts/git-host.ts'
import { reachHostById } from '../git-hosts/reach.ts'
import type { HostSecretsServices } from '../git-hosts/secrets.ts'
import { type Sweep, startSweep } from '../sweep.ts'
import { askPullRequest } from './ask.ts'
import { type OpenPullRequest, openPullRequests } from './pull-request.sql.ts'

export interface PullRequestSweepServices extends HostSecretsServices {
  readonly db: Database
  readonly hostApi: HostApiServices
  readonly randomUuid: () => string
  readonly log: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
  /** Only tests go faster. */
  readonly sweepSeconds?: number
}

const SWEEP_SECONDS = 10 * 60

export function startPullRequestSweep(services: PullRequestSweepServices): Sweep {
  const { log, sweepSeconds = SWEEP_SECONDS } = services
  const sweep = async (): Promise<void> => {
    try {
      await findChangedPullRequests(services)
    } catch (error) {
      log.error({ err: error }, 'The look for pull requests that were closed failed; trying again.')
    }
  }
  return startSweep(sweep, sweepSeconds)
}

/** @returns How many were found that were not found before. */
export async function findChangedPullRequests(services: PullRequestSweepServices): Promise<number> {
  let found = 0
  const byHost = Map.groupBy(await openPullRequests(services.db), ({ hostId }) => hostId)
  for (const [hostId, open] of byHost) {
    try {
      found += await lookAtHost(services, hostId, open)
    } catch (error) {
      if (!(error instanceof HostUnavailable)) throw error
      services.log.info({ hostId }, 'A git host was not asked for its pull requests: it does not answer now.')
    }
  }
  return found
}

async function lookAtHost(
  services: PullRequestSweepServices,
  hostId: string,
  open: readonly OpenPullRequest[],
): Promise<number> {
  const reached = await reachHostById(services, hostId)
  if (typeof reached === 'string') return 0
  const { host, api } = reached
  let found = 0
  for (const [name, known] of Map.groupBy(open, ({ repository }) => repository)) {
    const repository = readRepositoryName(name)
    if (repository === undefined) continue
    for (const { facts, changedAt } of await changedOf(api, repository, known)) {
      const isNew = await addFoundPullRequest(services.db, services, {
        hostId,
        repository: facts.baseRepository ?? repository,
        repositoryUrl: cloneUrlOf(host, repository),
        event: facts.state === 'closed' ? 'pull request closed' : 'pull request updated',
        key: `${facts.state}:${facts.headCommit}:${changedAt.toISOString()}`,
        facts,
      })
      if (isNew) found += 1
    }
  }
  if (found > 0) services.log.info({ hostId, found }, 'Pull requests have changed, and nobody told us of it.')
  return found
}

type Changed = Pick<OpenPullRequest, 'facts' | 'changedAt'>

/** One that is not in the list is asked for by itself: a list may have changed while its pages were read. */
async function changedOf(
  api: HostApi,
  repository: RepositoryName,
  known: readonly OpenPullRequest[],
): Promise<Changed[]> {
  const listed = await api.openPullRequests(repository)
  if (isHostRefusal(listed)) return []
  const byNumber = new Map(listed.map((one) => [one.number, one]))
  const changed: Changed[] = []
  for (const { facts, changedAt } of known) {
    const asked = byNumber.get(facts.number) ?? (await askPullRequest(api, repository, facts.number))
    if (isHostRefusal(asked)) continue
    const now: PullRequestFacts = asked ?? { ...facts, state: 'closed' }
    const isSame = now.headCommit === facts.headCommit && now.baseBranch === facts.baseBranch
    if (now.state === 'closed' || !isSame) changed.push({ facts: now, changedAt })
  }
  return changed
}
