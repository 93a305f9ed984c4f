/**
 * Pools in the shapes of Pulumi's API, where a runner is an "agent", and which runners are there.
 *
 * Owns: the routes of Pulumi's API for an organization's pools, what it takes to delete one, and the runners that were
 * seen. Does not own: what a pool is, its tokens and the default of an organization (access), nor claims (jobs).
 *
 * The installation's own pools are to an organization what Pulumi's hosted pool is: there, and not in its list.
 */
import type { AgentPool, AgentPoolDetail, AgentStatus } from '@daypass/contract/agent-pools.ts'
import type { PoolRow, RunnerRow } from './pool.sql.ts'

/** An idle runner asks for work at least every 50 seconds. */
export const ONLINE_SECONDS = 2 * 60
/** For so long a runner that is gone is still listed. */
export const LISTED_HOURS = 2

export function poolAnswer(row: PoolRow, now: Date): AgentPool {
  const seen = row.busy ? now : row.lastSeenAt
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    created: seconds(row.createdAt),
    lastSeen: seconds(seen),
    status: statusOf(seen, now),
    isDefault: row.isDefault,
    ...(row.lastDeploymentAt !== null && { lastDeployment: seconds(row.lastDeploymentAt) }),
  }
}

export function poolDetailAnswer(row: PoolRow, runners: readonly RunnerRow[], now: Date): AgentPoolDetail {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    created: seconds(row.createdAt),
    agents: runners.map((runner) => {
      const seen = runner.busy ? now : runner.lastSeenAt
      return {
        name: runner.name,
        version: runner.version,
        platform: runner.platform,
        hostname: runner.hostname,
        ip: runner.ip,
        pid: runner.pid,
        lastSeen: seconds(seen),
        status: statusOf(seen, now),
        busy: runner.busy,
      }
    }),
  }
}

function statusOf(seenAt: Date | null, now: Date): AgentStatus {
  const isOnline = seenAt !== null && now.getTime() - seenAt.getTime() < ONLINE_SECONDS * 1000
  return isOnline ? 'online' : 'offline'
}

/** Of an epoch; 0 for never. */
function seconds(at: Date | null): number {
  return at === null ? 0 : Math.floor(at.getTime() / 1000)
}
