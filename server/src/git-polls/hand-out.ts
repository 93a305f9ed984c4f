/** What a runner is handed: the remote that is due longest, its credential, and of which branches more is asked. */
import { type GitPoll, MOST_WATCHED_BRANCHES } from '@daypass/contract/git-polls.ts'
import type { Database, Queryable } from '../db/database.ts'
import { readRepositoryName } from '../git-events/git-event.ts'
import { findHostById } from '../git-hosts/find.ts'
import { cloneUrlOf } from '../git-hosts/git-host.ts'
import { pollCredential } from '../git-hosts/polling/polling.ts'
import { type HostSecretsServices, openGitHost, UNREADABLE_SECRETS } from '../git-hosts/secrets.ts'
import { candidatesFor } from '../git-push/candidates.ts'
import { type LeasedPoll, noteFailedLook, takeDuePoll } from './lease.sql.ts'
import { LEASE_SECONDS, retrySeconds } from './poll.ts'
import { polledRefs } from './refs.sql.ts'

export interface HandOutServices extends HostSecretsServices {
  readonly db: Database
  readonly now: () => Date
  readonly randomUuid: () => string
}

/** Undefined: nothing is due, or what is due cannot be looked at, which is noted. */
export async function handOutPoll(services: HandOutServices, poolId: string): Promise<GitPoll | undefined> {
  const { db } = services
  const leaseId = services.randomUuid()
  const leased = await takeDuePoll(db, poolId, leaseId)
  if (leased === undefined) return undefined
  const host = await findHostById(db, leased.hostId)
  const repository = readRepositoryName(leased.repository)
  if (host === undefined || repository === undefined) return undefined
  const opened = await openGitHost(db, services, host)
  if (opened === 'unreadable') {
    const nextSeconds = retrySeconds(leased.everySeconds, leased.failures + 1)
    const code = 'git_host_unreadable'
    await noteFailedLook(db, leased, { code, message: UNREADABLE_SECRETS, nextSeconds })
    return undefined
  }
  const credential = pollCredential(opened.secrets)
  const seen = new Map((await polledRefs(db, leased)).map(({ ref, commit }) => [ref, commit]))
  const watched = [...(await watchedBranches(db, leased))].slice(0, MOST_WATCHED_BRANCHES)
  return {
    leaseId,
    leaseSeconds: LEASE_SECONDS,
    repository,
    repositoryUrl: cloneUrlOf(host, repository),
    auth: credential ? { kind: 'basic', username: credential.userName, password: credential.password } : null,
    watched: watched.map((branch) => ({ branch, commit: seen.get(`refs/heads/${branch}`) ?? null })),
    first: leased.looks === 0,
  }
}

/** Branches that stacks of the repository are deployed from by pushes. */
export async function watchedBranches(
  db: Queryable,
  { hostId, organizationId, repository: name }: Pick<LeasedPoll, 'hostId' | 'organizationId' | 'repository'>,
): Promise<ReadonlySet<string>> {
  const repository = readRepositoryName(name)
  if (repository === undefined) return new Set()
  const candidates = await candidatesFor(db, { hostId, organizationId }, repository)
  const branches = candidates.flatMap(({ rule: { branch, deployCommits } }) =>
    branch !== undefined && deployCommits ? [branch] : [],
  )
  return new Set(branches.sort())
}
