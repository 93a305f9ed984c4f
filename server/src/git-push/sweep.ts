/**
 * Pushes that nobody told us of: branches are compared now and then with what we know of them.
 *
 * One that has moved is believed the second time, for its event may be on the way. What is found goes the way of an event.
 */
import type { Database } from '../db/database.ts'
import { addFoundMove } from '../git-deliveries/found.ts'
import { type CommitId, readBranchRef, readCommitId, readRepositoryName } from '../git-events/git-event.ts'
import {
  type BranchHead,
  type HostApi,
  type HostApiServices,
  HostUnavailable,
  isHostRefusal,
} from '../git-hosts/adapter.ts'
import { cloneUrlOf, type GitHost } from '../git-hosts/git-host.ts'
import { reachHostById } from '../git-hosts/reach.ts'
import type { HostSecretsServices } from '../git-hosts/secrets.ts'
import { type Sweep, startSweep } from '../sweep.ts'
import { type WatchedRef, watchedRefs } from './refs.sql.ts'

export interface PushSweepServices extends HostSecretsServices {
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

export function startPushSweep(services: PushSweepServices): Sweep {
  const { log, sweepSeconds = SWEEP_SECONDS } = services
  let seen: Seen = new Map()
  const sweep = async (): Promise<void> => {
    try {
      seen = await findLostPushes(services, seen)
    } catch (error) {
      log.error({ err: error }, 'The look for pushes that nobody told us of failed; trying again.')
    }
  }
  return startSweep(sweep, sweepSeconds)
}

/** Heads that were other than what was known, by branch. */
export type Seen = ReadonlyMap<string, CommitId>

/** @returns What was seen now, for the next time. */
export async function findLostPushes(services: PushSweepServices, before: Seen): Promise<Seen> {
  const { db, log } = services
  const seen = new Map<string, CommitId>()
  const byHost = Map.groupBy(await watchedRefs(db), ({ hostId }) => hostId)
  for (const [hostId, refs] of byHost) {
    try {
      await lookAtHost(services, hostId, refs, { before, seen })
    } catch (error) {
      // It is asked again the next time; whoever handles its events says what is wrong.
      if (!(error instanceof HostUnavailable)) throw error
      log.info({ hostId }, 'A git host was not asked for all its branches: it does not answer now.')
    }
  }
  return seen
}

async function lookAtHost(
  services: PushSweepServices,
  hostId: string,
  refs: readonly WatchedRef[],
  { before, seen }: { readonly before: Seen; readonly seen: Map<string, CommitId> },
): Promise<void> {
  const reached = await reachHostById(services, hostId)
  if (typeof reached === 'string') return
  const { host, api } = reached
  for (const ref of refs) {
    const head = await headOf(api, ref)
    if (head === undefined || head.commit === ref.head) continue
    const name = JSON.stringify([hostId, ref.repository, ref.ref, ref.moves])
    seen.set(name, head.commit)
    if (before.get(name) === head.commit) await addMove(services, host, ref, head)
  }
}

/** A branch that is gone, or that we are not shown, has not moved. */
async function headOf(api: HostApi, { repository, ref }: WatchedRef): Promise<BranchHead | undefined> {
  const [name, branch] = [readRepositoryName(repository), readBranchRef(ref)]
  if (name === undefined || branch === undefined) return undefined
  const head = await api.branchHead(name, branch)
  return isHostRefusal(head) ? undefined : head
}

async function addMove(
  services: PushSweepServices,
  host: GitHost,
  { repository: name, ref, head: before, moves }: WatchedRef,
  { commit: after, message: headMessage }: BranchHead,
): Promise<void> {
  const [repository, branch] = [readRepositoryName(name), readBranchRef(ref)]
  if (repository === undefined || branch === undefined) return
  const isNew = await addFoundMove(services.db, services, {
    hostId: host.id,
    repository,
    repositoryUrl: cloneUrlOf(host, repository),
    branch,
    before: readCommitId(before),
    after,
    headMessage,
    move: moves + 1,
  })
  if (isNew) services.log.info({ hostId: host.id }, 'A branch has moved, and nobody told us of it.')
}
