/** Repositories that settings name by a block: where they are, and what they are cloned with. */

import type { Refusal } from '@daypass/contract/errors.ts'
import type { GitAuth } from '@daypass/contract/job-protocol.ts'
import type { Database } from '../db/database.ts'
import { type LinkedRepositories, nothingConnected } from '../deployments/linked-repository.ts'
import { readRepositoryName } from '../git-events/git-event.ts'
import { type HostApiServices, HostUnavailable, isHostRefusal } from './adapter.ts'
import { findHostById, hostServing } from './find.ts'
import { cloneUrlOf, type GitHost, servesRepository } from './git-host.ts'
import { reachHost } from './reach.ts'
import { type HostSecretsServices, UNREADABLE_SECRETS } from './secrets.ts'

export interface LinkedServices extends HostSecretsServices {
  readonly db: Database
  readonly hostApi: HostApiServices
}

export function linkedRepositories(services: LinkedServices): LinkedRepositories {
  const { db } = services
  return {
    async find(tx, organizationId, block) {
      const { repository, isGitHub, provider = '' } = block
      const linked = { provider: isGitHub ? 'github' : provider, repository, repoUrl: undefined }
      const host = await hostServing(tx, organizationId, linked)
      // Its sentence says what to do.
      if (!host) return nothingConnected.find(tx, organizationId, block)
      return { hostId: host.id, repositoryUrl: cloneUrlOf(host, repository) }
    },

    async cloneCredential(hostId, repositoryUrl) {
      const host = await findHostById(db, hostId)
      const repository = host && repositoryAt(host, repositoryUrl)
      if (!host || repository === undefined) return refused(NOT_OF_HOST)
      const reached = await reachHost(services, host)
      if (reached === 'gone') return refused(NOT_OF_HOST)
      if (reached === 'unreadable') return refused(UNREADABLE_SECRETS)
      try {
        const credential = await reached.api.cloneCredential(repository)
        if (credential === undefined) return null
        if (isHostRefusal(credential)) return refused(credential.sentence)
        const { userName, password } = credential
        return { kind: 'basic', username: userName, password } satisfies GitAuth
      } catch (error) {
        if (error instanceof HostUnavailable) return 'away'
        throw error
      }
    },
  }
}

/** The name whose clone URL on the host this is. Undefined: it is none of the host's, or of no repository that it serves. */
function repositoryAt(host: GitHost, repositoryUrl: string) {
  if (!repositoryUrl.startsWith(`${host.webUrl}/`)) return undefined
  const path = repositoryUrl.slice(host.webUrl.length + 1).replace(/\.git$/, '')
  const named = host.kind === 'azure-devops' ? path.replace('/_git/', '/') : path
  const repository = readRepositoryName(named.split('/').map(decodeURIComponent).join('/'))
  if (repository === undefined || !servesRepository(host, repository)) return undefined
  return cloneUrlOf(host, repository) === repositoryUrl ? repository : undefined
}

function refused(message: string): Refusal {
  return { status: 409, reason: 'git_host_refused', message }
}

const NOT_OF_HOST =
  'The source of this deployment is not one of its git host any more: the host was connected anew, or serves other repositories now.'
