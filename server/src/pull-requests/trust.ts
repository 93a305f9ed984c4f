/**
 * Whether what a pull request contains may run here: decided by what the host answers, never by what the pull request says
 * of itself, and "no" wherever an answer is missing.
 *
 * Trusted is one whose head lies in the repository itself and whose author is a person who may write there; and one whose
 * very head somebody approved for the very branch that it is to be merged into.
 */
import type { Queryable } from '../db/database.ts'
import type { PullRequestFacts, RepositoryName } from '../git-events/git-event.ts'
import { type HostApi, isHostRefusal } from '../git-hosts/adapter.ts'
import { isApproved } from './approval.sql.ts'
import { approvalAskedFor } from './approval.ts'
import type { KnownPullRequest } from './pull-request.ts'

export type Trust =
  | { readonly trusted: true }
  | {
      readonly trusted: false
      /** A sentence for whoever looks at the delivery. */
      readonly why: string
      /** A shorter one for the commit and the pull request, which says what to do. */
      readonly asks: string
    }

/** @throws {HostUnavailable} Nothing has been decided: ask again. */
export async function trustOf(
  { db, api }: { readonly db: Queryable; readonly api: Pick<HostApi, 'permissionOf'> },
  repository: RepositoryName,
  { id, facts }: Pick<KnownPullRequest, 'id' | 'facts'>,
): Promise<Trust> {
  if (await isApproved(db, id, facts)) return { trusted: true }
  const stranger = await whyStrange(api, repository, facts)
  if (stranger === undefined) return { trusted: true }
  const { headCommit, baseBranch } = facts
  const why = `Waits for approval of ${headCommit} for ${baseBranch} by somebody with write access, because ${stranger.why}.`
  return { trusted: false, why, asks: approvalAskedFor(headCommit, stranger.short) }
}

interface Stranger {
  readonly why: string
  /** Begins a sentence, and names nobody. */
  readonly short: string
}

/** Undefined: it comes from somebody who could as well push to the repository. */
async function whyStrange(
  api: Pick<HostApi, 'permissionOf'>,
  repository: RepositoryName,
  { isFork, author, authorIsBot }: PullRequestFacts,
): Promise<Stranger | undefined> {
  if (isFork) return { why: 'it comes from a fork', short: 'From a fork' }
  if (authorIsBot) return { why: `${author} is a bot`, short: 'From a bot' }
  const permission = await api.permissionOf(repository, author)
  if (isHostRefusal(permission)) {
    const why = `whether ${author} may write could not be asked: ${permission.sentence}`
    return { why, short: 'From an unknown author' }
  }
  return mayWrite(permission)
    ? undefined
    : { why: `${author} may not write to ${repository}`, short: 'Author may not write' }
}

export function mayWrite(permission: Awaited<ReturnType<HostApi['permissionOf']>>): boolean {
  return permission === 'write' || permission === 'admin'
}
