/** The end of a review stack: `destroy` with `deleteAfterDestroy`, at the last commit that was trusted. */
import type { Queryable } from '../db/database.ts'
import { cancelReviewUpdates } from '../deployments/git-previews.ts'
import type { RequestServices } from '../deployments/request.ts'
import type { GitHost } from '../git-hosts/git-host.ts'
import { type Asked, deployIn } from '../git-push/deploy.ts'
import { holdStack } from '../stacks/stack.ts'
import { orHeld, reviewFacts } from './make.ts'
import { holdReviewStack, noteDestroy } from './review-stack.sql.ts'
import { fullNameOf, isLive, type LiveReviewStack, MOST_DESTROYS } from './review-stack.ts'

export async function destroyReviewStack(
  services: RequestServices,
  host: GitHost,
  review: LiveReviewStack,
): Promise<Asked> {
  const { stackId } = review
  await cancelReviewUpdates(services, {
    stackId,
    exceptCommit: undefined,
    by: 'the end of the pull request',
  })
  return orHeld(fullNameOf(review), () =>
    services.db.transaction((tx) => destroyIn(tx, services, host, review)),
  )
}

async function destroyIn(
  tx: Queryable,
  services: RequestServices,
  host: GitHost,
  { id, stackId, ...known }: LiveReviewStack,
): Promise<Asked> {
  await tx.query(`select set_config('lock_timeout', '2s', true)`)
  await holdStack(tx, stackId)
  const review = await holdReviewStack(tx, id)
  if (!review || !isLive(review)) return { stack: fullNameOf(known), result: 'deployed-before' }
  const stack = fullNameOf(review)
  if (review.isDestroying) return { stack, result: 'deployed-before' }
  if (review.destroys >= MOST_DESTROYS) {
    const message = `Its destruction failed ${review.destroys} times: destroy and remove it by hand.`
    return { stack, result: 'refused', message }
  }
  const { repository, pullRequest, commit, ref } = review
  const asked = await deployIn(
    tx,
    services,
    host,
    { stackId, stack },
    {
      operation: 'destroy',
      trigger: 'review-stack',
      initiator: host.kind,
      // A second attempt is another one; so is the one after a pull request was reopened.
      key: `review-destroy:${pullRequest}:${services.randomUuid()}`,
      note: `Its pull request was closed. Attempt ${review.destroys + 1} of ${MOST_DESTROYS}.`,
      git: reviewFacts(host, review, { repository, pullRequest, commit, ref, author: '', title: '' }),
      settings: { operationContext: { options: { deleteAfterDestroy: true } } },
    },
  )
  if (asked.deploymentId !== undefined) await noteDestroy(tx, id, asked.deploymentId)
  return asked
}
