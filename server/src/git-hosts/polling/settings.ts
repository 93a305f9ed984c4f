/** What only a polled remote has: how often it is looked at, and by the runners of which pool. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { poolFor, unknownPool } from '../../access/pool.ts'
import type { Queryable } from '../../db/database.ts'
import type { GitHostKind, HostSettings } from '../git-host.ts'

const EVERY_SECONDS = 60

/** @param agentPoolID As somebody has just said it. */
export async function pollSettings(
  tx: Queryable,
  organizationId: string,
  kind: GitHostKind,
  settings: HostSettings,
  agentPoolID: string | undefined,
): Promise<HostSettings | Refusal> {
  // Said of another kind, it is refused with the rest of what does not belong to that.
  if (kind !== 'polling') return agentPoolID === undefined ? settings : { ...settings, poolId: agentPoolID }
  // Once chosen it stays: another default must not hand the credential to other runners.
  const kept = agentPoolID === undefined ? settings.poolId : undefined
  const poolId = kept ?? (await poolFor(tx, organizationId, agentPoolID))
  if (poolId === undefined) return unknownPool(agentPoolID)
  return { ...settings, poolId, everySeconds: settings.everySeconds ?? EVERY_SECONDS }
}
