/**
 * The dependency cache, as far as the server has a say: it lies on the runners' disks, under keys of which one part is
 * the project's generation. Clearing raises the generation, so that what was kept is never found again.
 *
 * Owns: the generation, and which deployments may leave something for later ones. Does not own: the files (runner).
 */
import type { JobCache, Operation } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'
import { savedForStack } from '../settings/deployment-settings.ts'
import type { StoredSettings } from '../settings/settings.ts'
import { cacheGeneration } from './cache.sql.ts'
import type { ClaimedDeployment } from './claim.ts'

/** Null when the settings ask for no cache. */
export async function cacheOf(
  db: Queryable,
  claimed: ClaimedDeployment,
  poolId: string,
): Promise<JobCache | null> {
  const { organizationId, project, stackId, operation, settings } = claimed
  if (settings.cacheOptions?.enable !== true) return null
  const saved = await savedForStack(db, stackId)
  return {
    // Ids where names change hands: a new stack of an old name finds nothing.
    scope: [poolId, organizationId, project, stackId].join('/'),
    generation: await cacheGeneration(db, organizationId, project),
    mayWrite: mayWriteCache(operation, settings, saved),
  }
}

/**
 * Only an update of the branch that the stack's saved settings name: what a preview, a pull request or somebody's own
 * branch fetched is not for the others.
 */
export function mayWriteCache(operation: Operation, used: StoredSettings, saved: StoredSettings): boolean {
  const [git, configured] = [used.sourceContext?.git, saved.sourceContext?.git]
  return (
    operation === 'update' &&
    pullRequestOf(used) === undefined &&
    git?.branch !== undefined &&
    git.commit === undefined &&
    git.tag === undefined &&
    configured?.branch !== undefined &&
    git.repoUrl === configured.repoUrl &&
    fullRef(git.branch) === fullRef(configured.branch)
  )
}

/** Of a review stack. */
export function pullRequestOf({ gitHub, vcs }: StoredSettings): number | undefined {
  const number = (gitHub ?? vcs)?.['deployPullRequest']
  return typeof number === 'number' ? number : undefined
}

function fullRef(branch: string): string {
  return branch.startsWith('refs/') ? branch : `refs/heads/${branch}`
}
