/**
 * Polls: git remotes that tell nobody of their pushes, and that runners look at.
 *
 * In prose: each repository of a connection of kind `polling` is due now and then. A runner of its pool that asks for a poll
 * gets the one that is due longest, with a lease that no other runner has; it says where the refs stand, and the lease is
 * over. What differs from the look before becomes events, which go the way of all deliveries. The first look is only kept.
 * A look that fails, or whose runner dies, is due again: later and later, or when the lease has run out.
 *
 * Owns: when it is looked, who may, and what a difference is. Does not own: the connection (git-hosts), how git is run
 * (runner), nor what follows from an event (git-deliveries, git-push). This server connects to no remote.
 */
import type { Refusal } from '@daypass/contract/errors.ts'

/** A runner gives a look up before this. */
export const LEASE_SECONDS = 120
/** Of one look; what is more is left for the next, which comes at once. */
export const MOST_EVENTS = 100
const LONGEST_RETRY_SECONDS = 60 * 60
/** So long a runner that has nothing to do waits at most before it asks again. */
const LONGEST_NEXT_SECONDS = 30

/** The second failure in a row waits twice as long as a look, and so on, up to an hour or to what was asked for. */
export function retrySeconds(everySeconds: number, failures: number): number {
  const longest = Math.max(everySeconds, LONGEST_RETRY_SECONDS)
  return Math.min(everySeconds * 2 ** Math.min(failures - 1, 20), longest)
}

/** @param dueInSeconds Undefined: nothing will be. */
export function nextSeconds(dueInSeconds: number | undefined): number {
  return Math.min(LONGEST_NEXT_SECONDS, Math.max(1, dueInSeconds ?? LONGEST_NEXT_SECONDS))
}

/** Also of another pool's, and of one that was reported already: they are told apart for nobody. */
export const pollLeaseLost: Refusal = {
  status: 409,
  reason: 'lease_lost',
  message: 'This look is over, or is not of this pool: what was seen counts no more.',
}
