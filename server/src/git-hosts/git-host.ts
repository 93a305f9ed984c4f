/**
 * Git hosts: an organization's connections to where its repositories lie.
 *
 * Owns: what is connected (kind, addresses, sealed secrets, health) and how each kind of host is spoken to, one folder a
 * host. Does not own: what a host told us (git-deliveries), nor what is decided on it (git-push, pull-requests).
 */
import type { Refusal } from '@daypass/contract/errors.ts'

export const GIT_HOST_KINDS = [
  /** GitHub, as an App: its tokens live for an hour and reach one repository. */
  'github-app',
  /** GitHub, with a webhook and a token of a person. */
  'github',
  /** A GitHub Enterprise Server, as an App or with a token. */
  'github-enterprise',
  'gitlab',
  'bitbucket',
  'azure-devops',
  /** Gitea, Forgejo. */
  'gitea',
  /** Pulumi's Custom VCS: whoever can send a signed POST. */
  'custom',
  /** Any git remote that nobody tells us about: a runner looks. */
  'polling',
] as const
export type GitHostKind = (typeof GIT_HOST_KINDS)[number]

/** Not secret, and different from kind to kind. */
export interface HostSettings {
  /** Of a GitHub App. */
  readonly appId?: string
  /** `owner/name` or `owner/*`. Absent: whatever the host tells us about. */
  readonly repositories?: readonly string[]
  /** Comments on pull requests; absent: yes. */
  readonly comments?: boolean
  /** Of what is polled: between two looks. */
  readonly everySeconds?: number
  /** Of what is polled: the pool whose runners look. */
  readonly poolId?: string
}

/** In clear: never kept, logged or answered. */
export interface HostSecrets {
  /** What deliveries are signed with. */
  readonly webhookSecret: string
  /** A long-lived token, where the host has no better. */
  readonly token?: string
  /** Beside a token that is a password. */
  readonly userName?: string
  /** Of a GitHub App, PEM. */
  readonly privateKey?: string
}

export interface GitHost {
  readonly id: string
  readonly organizationId: string
  readonly name: string
  readonly kind: GitHostKind
  /** Where people look at it, and what clone URLs begin with; without a trailing slash. */
  readonly webUrl: string
  /** Null: it has none that we speak. */
  readonly apiUrl: string | null
  readonly settings: HostSettings
  readonly sealedSecrets: Buffer
  /** Whose rights count for what its events cause: who connected it. Null: they are gone. */
  readonly actsFor: string | null
  readonly createdAt: Date
  readonly lastEventAt: Date | null
  readonly lastFailureAt: Date | null
  /** What went wrong last, and what to do about it. */
  readonly lastFailure: string | null
}

/** What an adapter gets to speak to a host with. */
export interface OpenedHost extends Pick<GitHost, 'id' | 'kind' | 'webUrl' | 'apiUrl' | 'settings'> {
  readonly secrets: HostSecrets
}

/** The words of `vcs.provider` in a stack's settings that a host of the kind serves; a `gitHub` block is `github`. */
export const PROVIDERS_OF_KIND: Readonly<Record<GitHostKind, readonly string[]>> = {
  'github-app': ['github'],
  github: ['github'],
  'github-enterprise': ['github'],
  gitlab: ['gitlab'],
  bitbucket: ['bitbucket'],
  'azure-devops': ['azure_devops'],
  // Pulumi's settings have no word for it: ours, or that for whatever is not listed.
  gitea: ['gitea', 'custom'],
  custom: ['custom'],
  polling: ['custom'],
}

/** Whether events and blocks of the repository are this host's. */
export function servesRepository({ settings }: Pick<GitHost, 'settings'>, repository: string): boolean {
  const { repositories = [] } = settings
  if (repositories.length === 0) return true
  const name = repository.toLowerCase()
  return repositories.some((one) => {
    const pattern = one.toLowerCase()
    return pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
  })
}

/** The https clone URL of a repository on the host. */
export function cloneUrlOf({ webUrl, kind }: Pick<GitHost, 'webUrl' | 'kind'>, repository: string): string {
  const path = repository.split('/').map(encodeURIComponent).join('/')
  if (kind !== 'azure-devops') return `${webUrl}/${path}.git`
  const [organization, project, name] = path.split('/')
  return `${webUrl}/${organization}/${project}/_git/${name}`
}

export function gitHostNotFound(name: string): Refusal {
  return {
    status: 404,
    reason: 'git_host_not_found',
    message: `Not Found: there is no git host "${name.slice(0, 100)}" here.`,
  }
}
