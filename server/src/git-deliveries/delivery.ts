/**
 * Deliveries: what a git host sent, from the moment it was answered until it has been handled.
 *
 * In prose: a delivery whose signature is good is stored before it is answered, once, whatever the host calls it and
 * however often it sends it. One server at a time handles it, those of one branch or pull request in the order in which
 * they came. What the host did not answer is asked again later; after {@link MOST_ATTEMPTS} attempts it is given up, and
 * can be sent again by a person.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { GitEvent } from '../git-events/git-event.ts'

/** What a delivery came to, stack by stack. */
export interface Outcome {
  /** Nothing follows from it, and why. */
  readonly ignored?: string
  /** What went wrong with the whole of it, and what to mend. */
  readonly problem?: string
  /** Of the stacks that it was for. */
  readonly stacks?: readonly StackOutcome[]
  /** Stacks of the repository that it was not for, by the code of the reason. */
  readonly notConcerned?: Readonly<Record<string, number>>
}

export interface StackOutcome {
  /** `organization/project/stack`. */
  readonly stack: string
  readonly result: 'deployed' | 'deployed-before' | 'waits' | 'superseded' | 'refused'
  readonly deploymentId?: string
  readonly message?: string
}

/** What became of one look at a delivery. */
export interface Handled {
  readonly outcome: Outcome
  /** Something was not answered, or not allowed: it is worth another attempt. */
  readonly tryAgain: boolean
}

/** What is made of an event: git-push and pull-requests, put together in start.ts. Throws `HostUnavailable`. */
export type HandleEvent = (delivery: EventContext, event: GitEvent) => Promise<Handled>

export interface EventContext {
  readonly hostId: string
  readonly organizationId: string
  readonly receivedAt: Date
}

/** `refs/heads/main` of a repository, or its pull request 7: what comes of these is handled in order. */
export function subjectOf(events: readonly GitEvent[]): string | undefined {
  const [event] = events
  if (event === undefined || event.kind === 'ping') return undefined
  const repository = event.repository.toLowerCase()
  switch (event.kind) {
    case 'push':
      return `${repository} refs/heads/${event.branch}`
    case 'tag':
      return `${repository} refs/tags/${event.tag}`
    case 'pull-request':
      return `${repository} #${event.pullRequest.number}`
    case 'comment':
      return `${repository} #${event.pullRequest}`
  }
}

/** 5 s, 20 s, 80 s, … 6 h, each between half of it and all of it: about a day in all. */
export const MOST_ATTEMPTS = 10
const FIRST_RETRY_SECONDS = 5
const LONGEST_RETRY_SECONDS = 6 * 60 * 60

export function retrySeconds(attempts: number, random: () => number): number {
  const longest = Math.min(FIRST_RETRY_SECONDS * 4 ** (attempts - 1), LONGEST_RETRY_SECONDS)
  return longest * (0.5 + random() / 2)
}

export function deliveryNotFound(): Refusal {
  return {
    status: 404,
    reason: 'delivery_not_found',
    message: 'Not Found: this git host has sent no such delivery, or it was so long ago that it is gone.',
  }
}
