/** Previews of a pull request that nobody needs any more: of a commit that is not its head, or after its end. */
import type { Database } from '../db/database.ts'
import { cancelDeployment } from './cancel.ts'
import type { Ending } from './deployment.ts'
import { livePreviews, queuedReviewUpdates } from './git-previews.sql.ts'

export interface Superseded {
  readonly stackIds: readonly string[]
  readonly hostId: string
  readonly pullRequest: number
  /** The present head; undefined: the pull request is closed. */
  readonly exceptCommit: string | undefined
  /** As the end of "Cancelled by …". */
  readonly by: string
}

/** Those that wait end at once; those that run are asked to stop. */
export async function cancelGitPreviews(
  services: { readonly db: Database; readonly ending: Ending },
  { by, ...of }: Superseded,
): Promise<void> {
  for (const { id: deploymentId, stackId } of await livePreviews(services.db, of)) {
    await cancelDeployment(services, { stackId, deploymentId, by })
  }
}

/** Updates of a review stack that wait. One that runs goes on to its end: a stack that is half made is worse. */
export async function cancelReviewUpdates(
  services: { readonly db: Database; readonly ending: Ending },
  { stackId, exceptCommit, by }: Pick<Superseded, 'exceptCommit' | 'by'> & { readonly stackId: string },
): Promise<void> {
  for (const { id: deploymentId } of await queuedReviewUpdates(services.db, stackId, exceptCommit)) {
    await cancelDeployment(services, { stackId, deploymentId, by })
  }
}
