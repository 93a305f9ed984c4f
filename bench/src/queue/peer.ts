/** graphile-worker, in a process of its own and a schema of its own, in the same PostgreSQL. */
import { fileURLToPath } from 'node:url'
import { startChild } from '../child.ts'
import type { Backlog } from './backlog.ts'
import type { ClaimedAt } from './fleet.ts'

export type PeerOrder =
  | { readonly do: 'queue-up'; readonly backlog: Backlog }
  | { readonly do: 'drain'; readonly backlog: Backlog; readonly runners: number }
  | {
      readonly do: 'trigger'
      readonly stacks: number
      readonly runners: number
      readonly count: number
      readonly perSecond: number
    }

export interface Peer {
  readonly pid: number
  readonly queueUp: (backlog: Backlog) => Promise<void>
  readonly drain: (backlog: Backlog, runners: number) => Promise<readonly Pick<ClaimedAt, 'stack' | 'at'>[]>
  /** @returns Milliseconds from just before a job is added to its beginning. */
  readonly trigger: (load: Omit<PeerOrder & { readonly do: 'trigger' }, 'do'>) => Promise<readonly number[]>
  readonly stop: () => Promise<void>
}

export function startPeer(databaseUrl: string): Peer {
  const program = fileURLToPath(new URL('peer-process.ts', import.meta.url))
  const child = startChild([process.execPath, program, databaseUrl])
  async function ask<Answer>(order: PeerOrder): Promise<Answer> {
    child.process.stdin?.write(`${JSON.stringify(order)}\n`)
    return JSON.parse(await child.nextLine()) as Answer
  }
  return {
    pid: child.process.pid ?? 0,
    queueUp: (backlog) => ask({ do: 'queue-up', backlog }),
    drain: (backlog, runners) => ask({ do: 'drain', backlog, runners }),
    trigger: (load) => ask({ do: 'trigger', ...load }),
    stop: child.stop,
  }
}
