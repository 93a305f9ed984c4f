/** What of a template's deployment settings its review stacks have. Pure. */
import type { CommitId } from '../git-events/git-event.ts'
import type { StoredSettings, VersionControl } from '../settings/settings.ts'

export interface Inherited {
  readonly commit: CommitId
  readonly pullRequest: number
  /** An admin allowed it on the template. */
  readonly inheritsOidc: boolean
}

/**
 * All but the `oidc` block, unless it is allowed. The source is fixed to the commit, also for whoever deploys the stack by
 * hand, and no event concerns the copy: the pull request itself is what keeps it up to date.
 */
export function reviewSettingsOf(
  { gitHub, vcs, operationContext, ...settings }: StoredSettings,
  { commit, pullRequest, inheritsOidc }: Inherited,
): StoredSettings {
  const { oidc, ...operation } = operationContext ?? {}
  return atCommit(
    {
      ...settings,
      ...(operationContext && {
        operationContext: { ...operation, ...(inheritsOidc && oidc !== undefined && { oidc }) },
      }),
      ...(gitHub && { gitHub: blockOf(gitHub, pullRequest) }),
      ...(vcs && { vcs: blockOf(vcs, pullRequest) }),
    },
    commit,
  )
}

/** The same settings at another commit. */
export function atCommit(settings: StoredSettings, commit: CommitId): StoredSettings {
  const { branch: _branch, tag: _tag, ...git } = settings.sourceContext?.git ?? {}
  return { ...settings, sourceContext: { git: { ...git, commit } } }
}

/** What names the repository, and nothing of what its events start. */
function blockOf(
  { repository, provider, installationId }: VersionControl,
  pullRequest: number,
): VersionControl {
  return {
    ...(repository !== undefined && { repository }),
    ...(provider !== undefined && { provider }),
    ...(installationId !== undefined && { installationId }),
    deployCommits: false,
    previewPullRequests: false,
    pullRequestTemplate: false,
    deployPullRequest: pullRequest,
  }
}
