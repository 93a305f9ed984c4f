/**
 * What a runner saw: kept, compared with what was kept, and made into events, in one transaction that ends the lease. So a
 * look counts whole or not at all, and once.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { type GitPollReport, MOST_POLLED_REFS } from '@daypass/contract/git-polls.ts'
import type { Database, Queryable } from '../db/database.ts'
import { addFoundMove, addFoundTag } from '../git-deliveries/found.ts'
import { readBranchRef, readRepositoryName, readTagRef } from '../git-events/git-event.ts'
import { findHostById } from '../git-hosts/find.ts'
import { cloneUrlOf, type GitHost } from '../git-hosts/git-host.ts'
import { differenceOf, type RefMove, readRefs } from './compare.ts'
import { watchedBranches } from './hand-out.ts'
import { holdPoll, type LeasedPoll, noteFailedLook, noteLook } from './lease.sql.ts'
import { pollLeaseLost, retrySeconds } from './poll.ts'
import { forgetRefs, keepRefs, polledRef, polledRefs } from './refs.sql.ts'

export interface ReportServices {
  readonly db: Database
  readonly randomUuid: () => string
}

type Seen = Extract<GitPollReport['result'], { kind: 'seen' }>
/** When there is more than one look may tell. */
const SOON_SECONDS = 5
const TOO_MANY_REFS = {
  code: 'too_many_refs',
  message: `The remote has more than ${MOST_POLLED_REFS} branches and tags: branches that stacks are deployed from are looked at first, and others, and new tags, may be missed. Delete refs that are not needed.`,
}

export async function takeReport(
  services: ReportServices,
  poolId: string,
  { leaseId, result }: GitPollReport,
): Promise<Refusal | undefined> {
  return services.db.transaction(async (tx) => {
    const poll = await holdPoll(tx, poolId, leaseId)
    const host = poll && (await findHostById(tx, poll.hostId))
    if (poll === undefined || host === undefined) return pollLeaseLost
    if (result.kind === 'failed') {
      const { code, message } = result
      const nextSeconds = retrySeconds(poll.everySeconds, poll.failures + 1)
      await noteFailedLook(tx, poll, { code, message: plain(message), nextSeconds })
      return undefined
    }
    await takeLook(tx, services, { poll, host }, result)
    return undefined
  })
}

interface Polled {
  readonly poll: LeasedPoll
  readonly host: GitHost
}

async function takeLook(tx: Queryable, services: ReportServices, polled: Polled, seen: Seen): Promise<void> {
  const { poll } = polled
  const before =
    poll.looks === 0 ? undefined : { refs: readRefs(await polledRefs(tx, poll)), all: poll.sawAll }
  const now = { refs: readRefs(seen.refs), all: seen.all }
  const { events, quiet, more } = differenceOf(before, now, await watchedBranches(tx, poll))
  for (const event of events) await addEvent(tx, services, polled, event, seen)
  const kept = [...events, ...quiet]
  await keepRefs(
    tx,
    poll,
    kept.flatMap(({ ref, after }) => (after === undefined ? [] : [{ ref, commit: after }])),
  )
  await forgetRefs(
    tx,
    poll,
    kept.filter(({ after }) => after === undefined).map(({ ref }) => ref),
  )
  await noteLook(tx, poll, {
    // Once all that there was is known, what is not known is new, also if it is told of later.
    sawAll: poll.sawAll || seen.all,
    nextSeconds: more ? SOON_SECONDS : poll.everySeconds,
    note: seen.all ? undefined : TOO_MANY_REFS,
  })
}

async function addEvent(
  tx: Queryable,
  services: ReportServices,
  { poll, host }: Polled,
  { ref, before, after }: RefMove,
  { moves }: Seen,
): Promise<void> {
  const repository = readRepositoryName(poll.repository)
  if (repository === undefined) return
  const about = { hostId: host.id, repository, repositoryUrl: cloneUrlOf(host, repository) }
  // Of the look: a ref that goes and comes back to the same commit has moved twice.
  const move = poll.looks + 1
  const [branch, tag] = [readBranchRef(ref), readTagRef(ref)]
  if (tag !== undefined) await addFoundTag(tx, services, { ...about, tag, commit: after, move })
  if (branch === undefined) return
  const told = moves.find((move) => move.branch === branch && move.commit === after)
  const forced = told?.forced === true
  await addFoundMove(tx, services, {
    ...about,
    branch,
    before,
    after,
    headMessage: plain(told?.message ?? ''),
    forced,
    changedFiles: before === undefined || forced ? 'unknown' : (told?.files ?? 'unknown'),
    move,
  })
}

/** Where a branch stood when it was last looked at. */
export async function polledHead(
  db: Queryable,
  remote: { readonly hostId: string; readonly repository: string },
  branch: string,
): Promise<string | undefined> {
  return polledRef(db, remote, `refs/heads/${branch}`)
}

function plain(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}
