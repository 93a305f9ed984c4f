/**
 * What a git host's event says of a deployment that it started: facts of the server, for the log, the claims and the
 * report back to the host. Nothing of it is what a job says.
 *
 * Owns: the shape, and how such a deployment is fixed to its commit. Does not own: the decision (git-push), nor the
 * repository's address and the credential for it (git-hosts).
 */
import type { StoredSettings } from '../settings/settings.ts'

export interface GitFacts {
  readonly hostId: string
  /** As the host names it: `owner/name`. */
  readonly repository: string
  /** Where it is fetched from, without credentials. */
  readonly repositoryUrl: string
  readonly event: 'push' | 'tag' | 'pull-request' | 'review-stack'
  /** Its whole id. */
  readonly commit: string
  /** `refs/heads/main`, `refs/tags/v1`, or for a pull request the branch that it comes from. */
  readonly ref: string
  readonly pullRequest?: number
  /** Of a review stack: `organization/project/stack` of the stack that it was made after. */
  readonly templateStack?: string
  /** Login at the host of whoever pushed, or opened the pull request. */
  readonly author?: string
  /** First line of the commit's message. */
  readonly message?: string
}

/** The settings with their source fixed to the event's commit: nothing that moves is fetched. */
export function pinnedTo(settings: StoredSettings, { commit, ref, repositoryUrl }: GitFacts): StoredSettings {
  const { branch: _branch, tag: _tag, commit: _commit, ...git } = settings.sourceContext?.git ?? {}
  const tag = ref.startsWith('refs/tags/') ? { tag: ref.slice('refs/tags/'.length) } : {}
  return {
    ...settings,
    sourceContext: { git: { ...git, repoUrl: git.repoUrl ?? repositoryUrl, commit, ...tag } },
  }
}
