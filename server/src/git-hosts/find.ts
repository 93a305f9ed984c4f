/** What other slices ask for: a connection by its id, and the one that serves a repository. */
import type { Queryable } from '../db/database.ts'
import { type GitHost, PROVIDERS_OF_KIND, servesRepository } from './git-host.ts'
import { findGitHost, gitHostById, listGitHosts } from './host.sql.ts'

/** @param id A UUID. */
export function findHostById(tx: Queryable, id: string): Promise<GitHost | undefined> {
  return gitHostById(tx, id)
}

export function findHostByName(
  tx: Queryable,
  organizationId: string,
  name: string,
): Promise<GitHost | undefined> {
  return findGitHost(tx, organizationId, name)
}

export interface LinkedRepository {
  /** `github` for a `gitHub` block, else that of the `vcs` block. */
  readonly provider: string
  readonly repository: string
  /** Of `sourceContext.git.repoUrl`, where the settings have one: the host has to be there. */
  readonly repoUrl: string | undefined
}

/**
 * The host that a stack's block means: of those of its organization that serve the provider and the repository, the one
 * that was connected first. A second one hears of the repository in vain, so that one push is not two.
 */
export async function hostServing(
  tx: Queryable,
  organizationId: string,
  linked: LinkedRepository,
): Promise<GitHost | undefined> {
  return servingAmong(await hostsOf(tx, organizationId), linked)
}

/** Of an organization, the one that was connected first before all others. */
export function hostsOf(tx: Queryable, organizationId: string): Promise<GitHost[]> {
  return listGitHosts(tx, organizationId)
}

/** @param hosts As {@link hostsOf} has them. */
export function servingAmong(hosts: readonly GitHost[], linked: LinkedRepository): GitHost | undefined {
  return hosts.find((host) => isServing(host, linked))
}

/** For a repository that is said by a URL, the host has to be where that leads. */
function isServing(host: GitHost, { provider, repository, repoUrl }: LinkedRepository): boolean {
  if (!PROVIDERS_OF_KIND[host.kind].includes(provider) || !servesRepository(host, repository)) return false
  return repoUrl === undefined || webHostOf(repoUrl) === webHostOf(host.webUrl)
}

/** Without scheme and port: one clones by ssh from where one looks by https. */
function webHostOf(url: string): string | undefined {
  const scp = /^(?:[^@/]+@)?([^/:]+):(?!\/\/)/.exec(url)
  const host = scp?.[1] ?? (URL.canParse(url) ? new URL(url).hostname : undefined)
  return host?.toLowerCase()
}
