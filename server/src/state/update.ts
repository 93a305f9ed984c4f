/**
 * Updates: what the Pulumi CLI opens for every preview, update, refresh and destroy.
 *
 * Owns: an update's life, `not started → running → succeeded | failed | cancelled`, its lease, and the rule that one
 * update a stack may write at a time (a partial unique index decides). Does not own: the stack (stacks), nor the
 * deployment on whose behalf an update may run (deployments); it asks for that one's lease in each write.
 * A dry run takes no lock, waits for none, writes no state and leaves no history.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Database, Queryable } from '../db/database.ts'
import { failAllExpiredUpdates, failUpdatesOfDeployment } from './ending.ts'
import { selectUpdatesOfDeployment } from './history.sql.ts'
import { type FullUpdateInfo, fullInfoFrom } from './history.ts'
import { deleteUpdatesNeverStarted, type Holder, prolongRunningUpdates, selectHolder } from './update.sql.ts'

export const UPDATE_KINDS = ['update', 'preview', 'refresh', 'destroy'] as const
/** What a client may open; an import and a rename are made whole by one call. */
export type UpdateKind = (typeof UPDATE_KINDS)[number]

/** The CLI does not read what we answer: it takes five minutes for granted, and renews in the second half. */
export const UPDATE_LEASE_SECONDS = 300

/** What was opened and not started for so long never will be. */
const NEVER_STARTED_SECONDS = 24 * 3600

/** The refusal that a second writer gets, or undefined when nobody holds the stack. */
export async function runningUpdateConflict(tx: Queryable, stackId: string): Promise<Refusal | undefined> {
  const holder = await selectHolder(tx, stackId)
  return holder && conflictWith(holder)
}

export const STACK_IS_HELD = 'update_in_progress'

/** Every automation library looks for the first sentence, to the letter. */
export function conflictWith(holder: Holder): Refusal {
  const message = `Conflict: Another update is currently in progress. ${holderSentence(holder)}`
  return { status: 409, reason: STACK_IS_HELD, message }
}

export function holderSentence({ kind, author, startedAt, deploymentVersion }: Holder): string {
  const who = author ?? 'a user who is gone'
  const by = deploymentVersion === null ? who : `deployment ${deploymentVersion} (requested by ${who})`
  return `${by} has held this stack with "${kind}" since ${startedAt.toISOString()}.`
}

/**
 * Ends whatever a deployment's `pulumi` left running, and so frees its stack. Call it in the transaction that ends
 * the deployment: from then on no write of these updates is accepted.
 */
export async function releaseUpdatesOfDeployment(tx: Queryable, deploymentId: string): Promise<void> {
  await failUpdatesOfDeployment(tx, deploymentId)
}

/**
 * Marks the updates failed whose lease ran out, which frees their stacks; every state that was acknowledged stays.
 * Idle work: call it every few seconds.
 *
 * @param onFailure Told of each stack that could not be freed.
 * @returns How many there were.
 */
export async function expireUpdateLeases(
  db: Database,
  onFailure: (stackId: string, error: unknown) => void,
): Promise<number> {
  await deleteUpdatesNeverStarted(db, NEVER_STARTED_SECONDS)
  return failAllExpiredUpdates(db, onFailure)
}

/** For the start of the server, and after a lost database: nobody could renew while we were away. */
export async function extendUpdateLeases(db: Queryable): Promise<void> {
  await prolongRunningUpdates(db, UPDATE_LEASE_SECONDS)
}

/** For `GET …/deployments/{id}/updates`. The CLI watches the first one, so one that writes comes before its preview. */
export async function updatesOfDeployment(tx: Queryable, deploymentId: string): Promise<FullUpdateInfo[]> {
  return (await selectUpdatesOfDeployment(tx, deploymentId)).map(fullInfoFrom)
}
