/**
 * The repository that settings name by a `gitHub` or `vcs` block instead of a URL: what deployments need of git hosts.
 *
 * Owns: when a deployment's source is such a repository. Does not own: which host is meant and how it is asked, which
 * whoever implements {@link LinkedRepositories} knows (git-hosts).
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { GitAuth } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'
import type { StoredSettings, VersionControl } from '../settings/settings.ts'

export interface LinkedRepository {
  readonly hostId: string
  /** Without credentials. */
  readonly repositoryUrl: string
}

export interface LinkedRepositories {
  /** Asks nobody outside. A refusal says what to connect, or that several hosts fit. */
  find(tx: Queryable, organizationId: string, block: LinkedBlock): Promise<LinkedRepository | Refusal>
  /**
   * For one fetch, short-lived where the host can. Asks the host, so it is called outside any transaction.
   *
   * @param repositoryUrl One that `find` answered for this host; another is refused.
   * @returns Null: it is fetched without. `away`: the host does not answer now.
   */
  cloneCredential(hostId: string, repositoryUrl: string): Promise<GitAuth | null | 'away' | Refusal>
}

export interface LinkedBlock extends VersionControl {
  readonly repository: string
  readonly isGitHub: boolean
}

/** Undefined: its source is named by a URL, or is no repository at all. */
export function linkedBlockOf(settings: StoredSettings): LinkedBlock | undefined {
  const { sourceContext, gitHub, vcs } = settings
  const block = gitHub ?? vcs
  if (block?.repository === undefined || sourceContext?.template !== undefined) return undefined
  if (sourceContext?.git?.repoUrl !== undefined) return undefined
  return { ...block, repository: block.repository, isGitHub: gitHub !== undefined }
}

export function withRepository(
  settings: StoredSettings,
  { repositoryUrl }: LinkedRepository,
): StoredSettings {
  const git = { ...settings.sourceContext?.git, repoUrl: repositoryUrl }
  return { ...settings, sourceContext: { ...settings.sourceContext, git } }
}

/** Of an organization that is connected to no git host. */
export const nothingConnected: LinkedRepositories = {
  find: async (_tx, _organizationId, { repository }) => ({
    status: 400,
    reason: 'no_git_host',
    message: `The settings name the repository ${repository}, but this organization is connected to no git host: connect one, or save sourceContext.git.repoUrl.`,
  }),
  cloneCredential: async () => null,
}
