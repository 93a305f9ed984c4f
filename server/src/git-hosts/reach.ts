/** From a connection to whom one can ask there: its secrets are opened, and its kind's adapter is found. */
import type { Queryable } from '../db/database.ts'
import type { HostApi, HostApiServices } from './adapter.ts'
import { ADAPTERS } from './adapters.ts'
import type { GitHost } from './git-host.ts'
import { gitHostById } from './host.sql.ts'
import { type HostSecretsServices, openGitHost } from './secrets.ts'

export interface ReachServices extends HostSecretsServices {
  readonly db: Queryable
  readonly hostApi: HostApiServices
}

export interface ReachedHost {
  readonly host: GitHost
  readonly api: HostApi
}

/** `gone`: not connected any more, or of a kind that is not spoken to. */
export type NotReached = 'gone' | 'unreadable'

/** @param hostId A UUID. */
export async function reachHostById(
  services: ReachServices,
  hostId: string,
): Promise<ReachedHost | NotReached> {
  const host = await gitHostById(services.db, hostId)
  return host ? reachHost(services, host) : 'gone'
}

export async function reachHost(services: ReachServices, host: GitHost): Promise<ReachedHost | NotReached> {
  const adapter = ADAPTERS[host.kind]
  if (!adapter) return 'gone'
  const opened = await openGitHost(services.db, services, host)
  return opened === 'unreadable' ? opened : { host, api: adapter.api(opened, services.hostApi) }
}
