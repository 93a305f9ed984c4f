/**
 * Whether what a pull request contains may run here: decided by what the host answers, never by what the pull request says
 * of itself, and "no" wherever an answer is missing.
 *
 * Trusted is one whose head lies in the repository itself and whose author is a person who may write there.
 */
import type { PullRequestFacts, RepositoryName } from '../git-events/git-event.ts'
import { type HostApi, isHostRefusal } from '../git-hosts/adapter.ts'

export type Trust =
  | { readonly trusted: true }
  /** A sentence for the status on the commit, and for whoever looks at the delivery. */
  | { readonly trusted: false; readonly why: string }

/** @throws {HostUnavailable} Nothing has been decided: ask again. */
export async function trustOf(
  repository: RepositoryName,
  { isFork, author, authorIsBot, headCommit }: PullRequestFacts,
  api: Pick<HostApi, 'permissionOf'>,
): Promise<Trust> {
  if (isFork) return waits(headCommit, 'it comes from a fork')
  if (authorIsBot) return waits(headCommit, `${author} is a bot`)
  const permission = await api.permissionOf(repository, author)
  if (isHostRefusal(permission))
    return waits(headCommit, `whether ${author} may write could not be asked: ${permission.sentence}`)
  if (permission !== 'write' && permission !== 'admin')
    return waits(headCommit, `${author} may not write to ${repository}`)
  return { trusted: true }
}

function waits(commit: string, because: string): Trust {
  const why = `Waits for approval of ${commit.slice(0, 12)} by somebody with write access, because ${because}.`
  return { trusted: false, why }
}
