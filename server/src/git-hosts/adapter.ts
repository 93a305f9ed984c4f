/**
 * What every kind of git host is for the rest of the server. One folder a host implements it.
 *
 * Everything that comes from a host is a stranger's text until `verify` said yes, and its words stay a stranger's after
 * that: `read` takes what it knows and nothing else.
 */
import type {
  CommitId,
  GitEvent,
  HostLogin,
  PullRequestFacts,
  RepositoryName,
} from '../git-events/git-event.ts'
import type { OpenedHost } from './git-host.ts'

/** Names in lower case; of a header that came twice the first. */
export type DeliveryHeaders = Readonly<Record<string, string | undefined>>

export type ReadDelivery =
  | readonly GitEvent[]
  /** Nothing that concerns us; a sentence for people who look at the deliveries. */
  | { readonly ignored: string }

export interface GitHostAdapter {
  /** The headers that the functions below need after the delivery was stored; lower case, none that is secret. */
  readonly keptHeaders: readonly string[]
  /** In constant time, over the bytes as they came. False for whatever is not as it should be. */
  verify(raw: Buffer, headers: DeliveryHeaders, webhookSecret: string): boolean
  /** The host's own id of the delivery, the same when it sends it again. Undefined: it has none. */
  deliveryKey(headers: DeliveryHeaders): string | undefined
  /** The host's own word for what happened, for people. */
  eventName(raw: Buffer, headers: DeliveryHeaders): string
  /** Pure. Throws nothing, whatever the bytes are. */
  read(raw: Buffer, headers: DeliveryHeaders): ReadDelivery
  /** @param fetch Reaches only where this server may connect to. */
  api(host: OpenedHost, services: HostApiServices): HostApi
}

export interface HostApiServices {
  readonly fetch: typeof globalThis.fetch
  readonly now: () => Date
}

export type HostPermission = 'none' | 'read' | 'write' | 'admin'

/** On a commit. Hosts that know fewer states get the nearest. */
export interface CommitStatus {
  /** Its name on the host: a later one of the same name takes its place. */
  readonly context: string
  readonly state: 'pending' | 'running' | 'success' | 'failure' | 'error'
  readonly description: string
  /** Where more is to be seen. */
  readonly url: string
  /** Markdown, where the host has room for it (a check run of GitHub). */
  readonly summary?: string
}

/** For the job's source step alone; short-lived, for one repository and for reading wherever the host can do that. */
export interface CloneCredential {
  readonly userName: string
  readonly password: string
  /** Undefined: the host has only long-lived ones. */
  readonly expiresAt: Date | undefined
}

/** What the host says of who we are, for the person who connects it. */
export interface HostCheck {
  /** `acme-daypass (GitHub App 1234)`. */
  readonly identity: string
  /** Sentences that say what to do; empty: nothing is missing. */
  readonly missing: readonly string[]
}

/**
 * The host does not let us: asking again at once changes nothing, and a person has something to mend.
 * `HOST_NOT_OFFERED`: this kind of host, or this connection, has no such thing.
 */
export interface HostRefusal {
  readonly code:
    | 'HOST_UNAUTHORIZED'
    | 'HOST_FORBIDDEN'
    | 'HOST_NOT_FOUND'
    | 'HOST_REFUSED'
    | 'HOST_NOT_OFFERED'
  /** Says what to mend. */
  readonly sentence: string
}

export function isHostRefusal(value: unknown): value is HostRefusal {
  return typeof value === 'object' && value !== null && 'code' in value && 'sentence' in value
}

/** Not now: an outage, a time-out, too many requests. */
export class HostUnavailable extends Error {
  /** When the host said that it answers again. */
  readonly resetAt: Date | undefined
  constructor(sentence: string, resetAt?: Date) {
    super(sentence)
    this.resetAt = resetAt
  }
}

/** What a branch is at. */
export interface BranchHead {
  readonly commit: CommitId
  /** The commit's whole message. */
  readonly message: string
}

/** Each call throws {@link HostUnavailable}, or returns a {@link HostRefusal}. */
export interface HostApi {
  check(): Promise<HostCheck | HostRefusal>
  /** Between two commits. `unknown`: the host does not list all of them. */
  changedFiles(
    repository: RepositoryName,
    before: CommitId,
    after: CommitId,
  ): Promise<readonly string[] | 'unknown' | HostRefusal>
  /** Of a pull request, against its base. */
  pullRequestFiles(
    repository: RepositoryName,
    number: number,
  ): Promise<readonly string[] | 'unknown' | HostRefusal>
  permissionOf(repository: RepositoryName, login: HostLogin): Promise<HostPermission | HostRefusal>
  /** Undefined: there is none of this number. */
  pullRequest(repository: RepositoryName, number: number): Promise<PullRequestFacts | undefined | HostRefusal>
  openPullRequests(repository: RepositoryName): Promise<readonly PullRequestFacts[] | HostRefusal>
  /** Undefined: there is no such branch. */
  branchHead(repository: RepositoryName, branch: string): Promise<BranchHead | undefined | HostRefusal>
  setStatus(
    repository: RepositoryName,
    commit: CommitId,
    status: CommitStatus,
  ): Promise<undefined | HostRefusal>
  /**
   * One comment kept up to date: the one with the id, else the one of ours that holds the marker, else a new one.
   *
   * @returns The host's id of the comment.
   */
  upsertComment(
    repository: RepositoryName,
    number: number,
    comment: { readonly marker: string; readonly body: string; readonly commentId: string | undefined },
  ): Promise<{ readonly commentId: string } | HostRefusal>
  /** Undefined: the repository can be read without. */
  cloneCredential(repository: RepositoryName): Promise<CloneCredential | undefined | HostRefusal>
}
