/**
 * Hands the oldest deployments that may start to the runners that wait, one each.
 *
 * Reads only heads that are ready, however many wait behind them. An organization's row is locked before its counter is
 * believed, so that the limit is never exceeded; claims of one organization thus go one after another. The heads
 * themselves are taken with `skip locked`: a claim never waits for a row of the queue, and the partial unique index
 * decides if all else fails.
 */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'
import type { StoredSettings } from '../settings/settings.ts'
import { claimRows } from './claim.sql.ts'
import type { GitFacts } from './git-facts.ts'

/** What a claim fixes: names, operation and settings are these from now on. */
export interface ClaimedDeployment {
  readonly id: string
  readonly version: number
  readonly fencing: number
  readonly operation: Operation
  readonly settings: StoredSettings
  /** Null: no event of a git host asked for it. */
  readonly git: GitFacts | null
  /** Who gives the credential for its source. */
  readonly gitHostId: string | null
  readonly timeoutSeconds: number
  readonly stackId: string
  readonly organizationId: string
  readonly organization: string
  readonly project: string
  readonly stack: string
  /** Since it was asked for. */
  readonly waitedSeconds: number
}

export interface Claimer {
  readonly poolTokenId: string
  readonly runnerName: string
  /** SHA-256 of the tokens that the job is going to hold. */
  readonly jobTokenHash: Buffer
  readonly stackTokenHash: Buffer
}

/** The oldest first; an organization that is full, or paused, is passed over. */
export async function claimNext(
  db: Queryable,
  poolId: string,
  claimer: Claimer,
): Promise<ClaimedDeployment | undefined> {
  return (await claimForAll(db, poolId, [claimer]))[0]
}

/**
 * For all runners of a pool that wait at this moment, the longest waiting first.
 *
 * @returns One for each claimer, in their order; undefined for whom nothing is left, and whose token is no longer good.
 */
export async function claimForAll(
  db: Queryable,
  poolId: string,
  claimers: readonly Claimer[],
): Promise<(ClaimedDeployment | undefined)[]> {
  const claimed = claimers.map((): ClaimedDeployment | undefined => undefined)
  const passedOver: string[] = []
  for (;;) {
    const open = claimed.flatMap((one, at) => (one === undefined ? [at] : []))
    const asking = open.flatMap((at) => claimers[at] ?? [])
    const { askers, deployments, short } = await claimRows(db, poolId, asking, passedOver)
    for (const [at, deployment] of deployments.entries()) {
      const place = open[(askers[at] ?? 0) - 1]
      if (place === undefined) throw new Error('A deployment was claimed for nobody.')
      claimed[place] = deployment
    }
    if (short.length === 0) return claimed
    passedOver.push(...short)
  }
}
