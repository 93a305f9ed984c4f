/**
 * What a git host told us, in words that are the same for all hosts.
 *
 * Owns: the internal event and the closed grammars of the names in it. Does not own: how a host says it
 * (git-hosts/<host>), what is kept of it (git-deliveries), nor what is decided on it (git-push, pull-requests).
 *
 * Nothing in an event is believed beyond "this happened at that commit": a deployment that follows takes its settings from
 * what is saved, and who may do what is asked from the host.
 */
import { branchProblem, parseRepositoryUrl } from '../settings/repository-url.ts'

/** `owner/name`, with more parts where the host has groups. Compare it by {@link sameRepository}. */
export type RepositoryName = string & { readonly __kind: 'repository-name' }
/** Whole and in lower case: 40 hexadecimal digits, or 64 in a repository of SHA-256. */
export type CommitId = string & { readonly __kind: 'commit-id' }
/** Who somebody is on the host: never a user of this server. */
export type HostLogin = string & { readonly __kind: 'host-login' }

interface About {
  readonly repository: RepositoryName
  /** What the host says one clones: http or https, without credentials. */
  readonly repositoryUrl: string
  readonly sender: HostLogin | undefined
}

export type ChangedFiles = readonly string[] | 'unknown'

export interface Push extends About {
  readonly kind: 'push'
  /** Without `refs/heads/`. */
  readonly branch: string
  /** Undefined: the branch is new. */
  readonly before: CommitId | undefined
  /** Undefined: the branch was deleted. */
  readonly after: CommitId | undefined
  readonly created: boolean
  readonly deleted: boolean
  /** What was there before is no ancestor of what is there now. */
  readonly forced: boolean
  /** The whole message of the commit `after`; empty when the host did not say it. */
  readonly headMessage: string
  /** Paths from the root of the repository. `unknown`: the host has to be asked. */
  readonly changedFiles: ChangedFiles
  readonly pusher: HostLogin | undefined
}

export interface TagPush extends About {
  readonly kind: 'tag'
  /** Without `refs/tags/`. */
  readonly tag: string
  /** Undefined: the tag was deleted. */
  readonly commit: CommitId | undefined
}

export type PullRequestAction =
  | 'opened'
  /** Its head moved. */
  | 'updated'
  | 'reopened'
  /** Title or base branch. */
  | 'edited'
  | 'labeled'
  /** It was a draft. */
  | 'ready'
  /** Merged or not. */
  | 'closed'

/** A pull request (merge request) as the host knows it: from an event, or asked for. */
export interface PullRequestFacts {
  /** Of which it is one; undefined: the host does not say it by name. */
  readonly baseRepository?: RepositoryName
  readonly number: number
  readonly title: string
  readonly url: string
  readonly author: HostLogin
  readonly authorIsBot: boolean
  readonly draft: boolean
  readonly state: 'open' | 'closed'
  readonly merged: boolean
  readonly headCommit: CommitId
  readonly headBranch: string
  /** Undefined: the repository is gone, or the host does not show it. */
  readonly headRepository: RepositoryName | undefined
  /** True unless the host said that the head is of the same repository. */
  readonly isFork: boolean
  readonly baseBranch: string
  readonly baseCommit: CommitId | undefined
  readonly labels: readonly string[]
  readonly changedFiles: ChangedFiles
}

/** As a host tells of it. Not every one says the facts, and those that do are asked again before anything is decided. */
export interface PullRequestNews extends About {
  readonly kind: 'pull-request'
  readonly action: PullRequestAction
  readonly pullRequest: Pick<PullRequestFacts, 'number'>
}

/** With what is decided on. */
export interface PullRequestEvent extends PullRequestNews {
  readonly pullRequest: PullRequestFacts
}

/** Said on a pull request; a review with a verdict is one, too. */
export interface Comment extends About {
  readonly kind: 'comment'
  readonly pullRequest: number
  readonly author: HostLogin
  /** As far as the host says it. */
  readonly authorIsBot: boolean
  readonly body: string
  readonly commentId: string
  /** The commit that a review approved. Undefined: it is no approving review. */
  readonly approvedCommit: CommitId | undefined
}

/** The host tries whether anybody is there. */
export interface Ping {
  readonly kind: 'ping'
  /** What the host says it will tell us, for people to compare. */
  readonly events: readonly string[]
}

export type GitEvent = Push | TagPush | PullRequestNews | Comment | Ping
/** What can be decided on as it is. */
export type KnownEvent = Push | TagPush | PullRequestEvent | Comment | Ping

const NAME_PART = String.raw`[\p{L}\p{N}_~](?:[\p{L}\p{N}_.+~ -]*[\p{L}\p{N}_.+~-])?|[.-][\p{L}\p{N}_.+~-]+`
const REPOSITORY = new RegExp(`^(?:${NAME_PART})(?:/(?:${NAME_PART}))+$`, 'u')
const LONGEST_NAME = 255

/** Undefined for what is no name of a repository. */
export function readRepositoryName(value: unknown): RepositoryName | undefined {
  if (typeof value !== 'string' || value.length > LONGEST_NAME || !REPOSITORY.test(value)) return undefined
  return value.split('/').includes('..') ? undefined : (value as RepositoryName)
}

/** Hosts do not tell `Acme/Web` from `acme/web`. */
export function sameRepository(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

/** Undefined for what is no whole commit id, and for the zeros that hosts write where there is no commit. */
export function readCommitId(value: unknown): CommitId | undefined {
  if (typeof value !== 'string' || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(value)) return undefined
  return /^0+$/.test(value) ? undefined : (value.toLowerCase() as CommitId)
}

const LOGIN = /^[\p{L}\p{N}_{][\p{L}\p{N}\p{M} _.@+:\\[\]{}-]{0,199}$/u

export function readHostLogin(value: unknown): HostLogin | undefined {
  return typeof value === 'string' && LOGIN.test(value) ? (value as HostLogin) : undefined
}

/** The name behind `refs/heads/`; undefined for another ref, and for a name that git would not take. */
export function readBranchRef(value: unknown): string | undefined {
  return readRef(value, 'refs/heads/')
}

export function readTagRef(value: unknown): string | undefined {
  return readRef(value, 'refs/tags/')
}

/** A bare name. */
export function readRefName(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_NAME) return undefined
  return branchProblem(value) === undefined ? value : undefined
}

function readRef(value: unknown, prefix: string): string | undefined {
  if (typeof value !== 'string' || !value.startsWith(prefix)) return undefined
  return readRefName(value.slice(prefix.length))
}

/** Of http or https, without credentials. */
export function readCloneUrl(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const parsed = parseRepositoryUrl(value)
  return 'scheme' in parsed && /^https?$/.test(parsed.scheme) ? value : undefined
}
