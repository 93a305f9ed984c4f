/**
 * What nobody told us of, and this server, or a runner that polls, found out: a branch or a tag that has moved, a pull
 * request that was closed or approved.
 *
 * It goes the way of all deliveries, so that it is handled once, in order, and can be looked at.
 */
import { jsonObject } from '@daypass/contract/json-object.ts'
import type { Queryable } from '../db/database.ts'
import {
  type ChangedFiles,
  type CommitId,
  type PullRequestEvent,
  type PullRequestFacts,
  type Push,
  type RepositoryName,
  readBranchRef,
  readCloneUrl,
  readCommitId,
  readRepositoryName,
  readTagRef,
  type TagPush,
} from '../git-events/git-event.ts'
import type { ReadDelivery } from '../git-hosts/adapter.ts'
import { texts } from '../git-hosts/json.ts'
import { addDelivery } from './delivery.sql.ts'
import { subjectOf } from './delivery.ts'

export interface FoundMove {
  readonly hostId: string
  readonly repository: RepositoryName
  readonly repositoryUrl: string
  readonly branch: string
  /** What we knew; undefined: nothing. */
  readonly before: CommitId | undefined
  /** Undefined: the branch is gone. */
  readonly after: CommitId | undefined
  readonly headMessage: string
  /** As far as is known. */
  readonly forced?: boolean
  /** Absent: whoever handles it asks. */
  readonly changedFiles?: ChangedFiles
  /** Which move of the branch it is, as far as we know: found by several servers, it is one. */
  readonly move: number
}

/** @returns False when it was found before. */
export function addFoundMove(
  db: Queryable,
  { randomUuid }: { readonly randomUuid: () => string },
  move: FoundMove,
): Promise<boolean> {
  const { hostId, repository, repositoryUrl, branch, before, after, headMessage, forced, changedFiles } = move
  const body = {
    repository,
    repositoryUrl,
    ref: `refs/heads/${branch}`,
    before,
    after,
    headMessage,
    forced,
    changedFiles,
    move: move.move,
  }
  return addDelivery(db, {
    id: randomUuid(),
    hostId,
    deliveryKey: `found:${repository.toLowerCase()}:${branch}:${before ?? ''}:${after ?? ''}:${move.move}`,
    event: 'branch moved',
    origin: 'daypass',
    subject: subjectOf([pushOf(move)]),
    headers: {},
    body: Buffer.from(JSON.stringify(body)),
    outcome: undefined,
  })
}

export interface FoundTag extends Pick<FoundMove, 'hostId' | 'repository' | 'repositoryUrl' | 'move'> {
  readonly tag: string
  /** Undefined: the tag is gone. */
  readonly commit: CommitId | undefined
}

/** @returns False when it was found before. */
export function addFoundTag(
  db: Queryable,
  { randomUuid }: { readonly randomUuid: () => string },
  { hostId, repository, repositoryUrl, tag, commit, move }: FoundTag,
): Promise<boolean> {
  return addDelivery(db, {
    id: randomUuid(),
    hostId,
    deliveryKey: `found:${repository.toLowerCase()}:tag:${tag}:${commit ?? ''}:${move}`,
    event: 'tag moved',
    origin: 'daypass',
    subject: subjectOf([tagOf({ repository, repositoryUrl, tag, commit })]),
    headers: {},
    body: Buffer.from(
      JSON.stringify({ repository, repositoryUrl, ref: `refs/tags/${tag}`, after: commit, move }),
    ),
    outcome: undefined,
  })
}

export interface FoundPullRequest {
  readonly hostId: string
  readonly repository: RepositoryName
  readonly repositoryUrl: string
  /** For people: `pull request approved`. */
  readonly event: string
  /** The same for what is the same, whoever finds it and how often. */
  readonly key: string
  /** As the host has told of it just now; whoever handles it asks again. */
  readonly facts: PullRequestFacts
}

/** @returns False when it was found before. */
export function addFoundPullRequest(
  db: Queryable,
  { randomUuid }: { readonly randomUuid: () => string },
  { hostId, repository, repositoryUrl, event, key, facts }: FoundPullRequest,
): Promise<boolean> {
  return addDelivery(db, {
    id: randomUuid(),
    hostId,
    deliveryKey: `found:${repository.toLowerCase()}#${facts.number}:${key}`,
    event,
    origin: 'daypass',
    subject: subjectOf([pullRequestOf({ repository, repositoryUrl, facts })]),
    headers: {},
    body: Buffer.from(JSON.stringify({ repository, repositoryUrl, facts })),
    outcome: undefined,
  })
}

export function readFound(raw: Buffer): ReadDelivery {
  const body = jsonObject(raw.toString('utf8'))
  const repository = readRepositoryName(body?.['repository'])
  const repositoryUrl = readCloneUrl(body?.['repositoryUrl'])
  const branch = readBranchRef(body?.['ref'])
  if (repository === undefined || repositoryUrl === undefined) return OF_ANOTHER_RELEASE
  const facts = body?.['facts'] as PullRequestFacts | undefined
  if (facts !== undefined) return [pullRequestOf({ repository, repositoryUrl, facts })]
  const tag = readTagRef(body?.['ref'])
  if (tag !== undefined) {
    return [tagOf({ repository, repositoryUrl, tag, commit: readCommitId(body?.['after']) })]
  }
  if (branch === undefined) return OF_ANOTHER_RELEASE
  const [before, after] = [readCommitId(body?.['before']), readCommitId(body?.['after'])]
  const headMessage = String(body?.['headMessage'] ?? '')
  const forced = body?.['forced'] === true
  const changedFiles = texts(body?.['changedFiles']) ?? 'unknown'
  return [pushOf({ repository, repositoryUrl, branch, before, after, headMessage, forced, changedFiles })]
}

function pushOf(move: Omit<FoundMove, 'hostId' | 'move'>): Push {
  const { repository, repositoryUrl, branch, before, after, headMessage } = move
  const { forced = false, changedFiles = 'unknown' } = move
  return {
    kind: 'push',
    repository,
    repositoryUrl,
    sender: undefined,
    branch,
    before,
    after,
    created: before === undefined,
    deleted: after === undefined,
    forced,
    headMessage,
    changedFiles,
    pusher: undefined,
  }
}

function tagOf({ repository, repositoryUrl, tag, commit }: Omit<FoundTag, 'hostId' | 'move'>): TagPush {
  return { kind: 'tag', repository, repositoryUrl, sender: undefined, tag, commit }
}

function pullRequestOf({
  repository,
  repositoryUrl,
  facts,
}: Pick<FoundPullRequest, 'repository' | 'repositoryUrl' | 'facts'>): PullRequestEvent {
  const about = { repository, repositoryUrl, sender: undefined }
  return { kind: 'pull-request', action: 'updated', ...about, pullRequest: facts }
}

const OF_ANOTHER_RELEASE: ReadDelivery = { ignored: 'It was written by another release of this server.' }
