/**
 * Reports: what is said on a git host about the deployments that its events started.
 *
 * Owns: commit statuses (check runs where the host has them) and the one comment on a pull request, each until the host has
 * taken it. Does not own: how a host is spoken to (git-hosts), nor what was deployed and why (git-push, pull-requests).
 *
 * What is to be said is read from what is, whenever it is said: a row says only that something is not said yet. A trigger
 * of the database writes that row with every change of such a deployment, so no code path can forget it, and saying it twice
 * does no harm.
 */
import type { CommitStatus } from '../git-hosts/adapter.ts'

/** Notified at commit. Payload: none. */
export const REPORTS_CHANNEL = 'git_reports'

export const MOST_ATTEMPTS = 10
const FIRST_RETRY_SECONDS = 5
const LONGEST_RETRY_SECONDS = 30 * 60

/** 5 s, 15 s, 45 s … up to half an hour; each between half of it and all of it. */
export function retrySeconds(attempts: number, random: () => number): number {
  const longest = Math.min(FIRST_RETRY_SECONDS * 3 ** (attempts - 1), LONGEST_RETRY_SECONDS)
  return longest * (0.5 + random() / 2)
}

export interface ReportedDeployment {
  readonly operation: string
  readonly status: 'waiting' | 'ready' | 'accepted' | 'running' | 'succeeded' | 'failed' | 'skipped'
  readonly version: number
  /** `organization/project/stack`. */
  readonly stack: string
  readonly failureMessage: string | null
  /** Of its update or preview: how many resources by what is done to them. Null: not known (yet). */
  readonly resourceChanges: Readonly<Record<string, number>> | null
  readonly consoleUrl: string
}

/** As the database writes it for a new deployment. @param stack `organization/project/stack` */
export function statusContext(stack: string, operation: string): string {
  return `daypass/${stack}${operation === 'update' ? '' : ` (${operation})`}`
}

const STATES = {
  waiting: 'pending',
  ready: 'pending',
  accepted: 'pending',
  running: 'running',
  succeeded: 'success',
  failed: 'failure',
  // Hosts have no word for it: a newer commit has a status of its own.
  skipped: 'error',
} as const satisfies Record<ReportedDeployment['status'], CommitStatus['state']>

export function statusOf(deployment: ReportedDeployment, context: string): CommitStatus {
  return {
    context,
    state: STATES[deployment.status],
    description: descriptionOf(deployment),
    url: deployment.consoleUrl,
  }
}

const LONGEST_DESCRIPTION = 140

function descriptionOf({ operation, status, failureMessage, resourceChanges }: ReportedDeployment): string {
  switch (status) {
    case 'waiting':
    case 'ready':
    case 'accepted':
      return `The ${operation} waits for its turn.`
    case 'running':
      return `The ${operation} is running.`
    case 'succeeded':
      return resourceChanges === null ? `The ${operation} succeeded.` : changesInWords(resourceChanges)
    case 'failed':
    case 'skipped':
      return cut(failureMessage ?? `The ${operation} ${status === 'failed' ? 'failed' : 'was skipped'}.`)
  }
}

/** Of what the engine counts, what changes nothing is said last. */
const WORDS: readonly (readonly [op: string, word: string])[] = [
  ['create', 'to create'],
  ['update', 'to update'],
  ['replace', 'to replace'],
  ['delete', 'to delete'],
  ['import', 'to import'],
  ['same', 'unchanged'],
]

/** `2 to create, 1 to delete, 5 unchanged`. */
export function changesInWords(changes: Readonly<Record<string, number>>): string {
  const parts = WORDS.flatMap(([op, word]) => {
    const count = changes[op] ?? 0
    return count > 0 ? [`${count} ${word}`] : []
  })
  return parts.length === 0 ? 'No resources.' : parts.join(', ')
}

function cut(text: string): string {
  const line = text.split('\n', 1)[0] ?? ''
  return line.length <= LONGEST_DESCRIPTION ? line : `${line.slice(0, LONGEST_DESCRIPTION - 1)}…`
}
