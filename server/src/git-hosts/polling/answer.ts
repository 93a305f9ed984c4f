/** How the looks at polled remotes go, as our API answers it. */
import type { GitHostResponse } from '@daypass/contract/git-hosts.ts'
import type { Queryable } from '../../db/database.ts'
import type { GitHost } from '../git-host.ts'
import { type ShownPoll, shownPolls } from './polls.sql.ts'

export type PollsOfHosts = ReadonlyMap<string, readonly ShownPoll[]>

export async function pollsOf(
  db: Queryable,
  hosts: readonly Pick<GitHost, 'id' | 'kind'>[],
): Promise<PollsOfHosts> {
  const ids = hosts.filter(({ kind }) => kind === 'polling').map(({ id }) => id)
  return Map.groupBy(await shownPolls(db, ids), ({ hostId }) => hostId)
}

export function pollingAnswer(
  { id, kind, settings: { everySeconds, poolId } }: GitHost,
  polls: PollsOfHosts,
): Pick<GitHostResponse, 'polling' | 'lastFailure'> {
  if (kind !== 'polling' || everySeconds === undefined || poolId === undefined) return {}
  const repositories = (polls.get(id) ?? []).map(repositoryAnswer)
  const failed = repositories.find(({ failure }) => failure !== undefined)
  return {
    polling: { everySeconds, agentPoolID: poolId, repositories },
    ...(failed?.failure && {
      lastFailure: {
        at: failed.failure.at,
        message: `${failed.repository}: ${failed.failure.message} (${failed.failure.code})`,
      },
    }),
  }
}

function repositoryAnswer(poll: ShownPoll) {
  const { repository, lookedAt, dueAt, isLeased } = poll
  const failure = failureOf(poll)
  return {
    repository,
    ...(lookedAt && { lastLook: lookedAt.toISOString() }),
    nextLook: dueAt.toISOString(),
    lookedAtNow: isLeased,
    ...(failure && { failure }),
  }
}

function failureOf({ overdue, dueAt, failedAt, failureCode, failure }: ShownPoll) {
  if (overdue) return { at: dueAt.toISOString(), code: 'no_runner', message: NO_RUNNER }
  if (failedAt === null) return undefined
  return { at: failedAt.toISOString(), code: failureCode ?? '', message: failure ?? '' }
}

const NO_RUNNER =
  'No runner of the pool has come for it: start one that is new enough to poll, or change the pool.'
