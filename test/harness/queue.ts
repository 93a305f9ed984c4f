/** The queue without HTTP, on a database that writes down every move it sees. */

import { randomBytes, randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { type ClaimedDeployment, claimNext } from '../../server/src/deployments/claim.ts'
import { MOVES, type Status } from '../../server/src/deployments/deployment.ts'
import type { Ended } from '../../server/src/deployments/end.sql.ts'
import { endDeployment } from '../../server/src/deployments/end.ts'
import type { LeaseHolder } from '../../server/src/deployments/lease.ts'
import { nothingConnected } from '../../server/src/deployments/linked-repository.ts'
import {
  type Requested,
  type RequestServices,
  requestDeployment,
} from '../../server/src/deployments/request.ts'
import { createWorld, GIT, type World } from './world.ts'

export interface Queue {
  readonly world: World
  readonly services: RequestServices
  addStack(organization?: 'acme' | 'other'): Promise<string>
  request(
    stackId: string,
    options?: { operation?: 'update' | 'preview'; skip?: boolean; pool?: string },
  ): Promise<Requested>
  claim(pool?: World['sharedPool']): Promise<ClaimedDeployment | undefined>
  finish(claimed: ClaimedDeployment, to?: 'succeeded' | 'failed'): Promise<Ended | undefined>
  /** What `acme` counts as accepted or running. */
  running(): Promise<number>
  /** Of a stack, in the order of the requests. */
  statuses(stackId: string): Promise<Status[]>
  /** Whatever happened, these hold: legal moves, true counters, and no stack that waits for nothing. */
  checkGuarantees(): Promise<void>
  /** Nothing queued, nothing full, nothing paused. */
  clear(): Promise<void>
  close(): Promise<void>
}

export function holderOf({ id, fencing }: ClaimedDeployment): LeaseHolder {
  return { deploymentId: id, fencing }
}

export async function createQueue(): Promise<Queue> {
  const world = await createWorld({ poolSize: 30 })
  const { db } = world.database
  const services: RequestServices = {
    db,
    secrets: world.secrets,
    ending: world.ending,
    linked: nothingConnected,
    randomUuid: randomUUID,
    config: world.config,
  }
  let serial = 0
  await db.query(/* sql */ `
    create table moves (n bigserial, id uuid, before text, after text);
    create function note_move() returns trigger language plpgsql as $$
    begin
      if old.status <> new.status then
        insert into moves (id, before, after) values (new.id, old.status, new.status);
      end if;
      return null;
    end $$;
    create trigger note_move after update on deployments for each row execute function note_move()`)

  async function running(): Promise<number> {
    const { rows } = await db.query<{ n: number }>(
      "select running_deployments as n from organizations where name = 'acme'",
    )
    return rows[0]?.n ?? -1
  }

  return {
    world,
    services,
    running,
    addStack(organization = 'acme') {
      serial += 1
      return world.addStack(`q${serial}`, organization)
    },
    async request(stackId, options = {}) {
      const requester = { userId: world.userIds.admin, isOrganizationAdmin: true }
      const requested = await requestDeployment(services, requester, stackId, {
        operation: options.operation ?? 'update',
        inheritSettings: true,
        settings: {
          sourceContext: { git: GIT },
          ...(options.skip && { operationContext: { options: { skipIntermediateDeployments: true } } }),
          ...(options.pool !== undefined && { agentPoolID: options.pool }),
        },
        trigger: 'rest',
        initiator: '',
      })
      if ('reason' in requested) throw new Error(requested.message)
      return requested
    },
    claim: (pool = world.sharedPool) =>
      claimNext(db, pool.id, {
        poolTokenId: pool.tokenId,
        runnerName: 'r',
        jobTokenHash: randomBytes(32),
        stackTokenHash: randomBytes(32),
      }),
    finish: (claimed, to = 'succeeded') =>
      endDeployment(db, world.ending, {
        id: claimed.id,
        stackId: claimed.stackId,
        from: ['running'],
        to,
        fencing: claimed.fencing,
        onlyIfLost: null,
        onlyIfHeld: true,
        failureCode: null,
        failureMessage: null,
        sentence: null,
      }),
    async statuses(stackId) {
      const { rows } = await db.query<{ status: Status }>(
        'select status from deployments where stack_id = $1 order by version',
        [stackId],
      )
      return rows.map(({ status }) => status)
    },
    async checkGuarantees() {
      const moves = await db.query<{ before: Status; after: Status }>('select before, after from moves')
      for (const { before, after } of moves.rows) {
        expect(MOVES[before], `${before} → ${after}`).toHaveProperty(after)
      }
      const live = await db.query<{ n: number }>(
        "select count(*) as n from deployments where organization_id = $1 and status in ('accepted', 'running')",
        [world.organizationIds.acme],
      )
      expect(await running()).toBe(live.rows[0]?.n)
      const stuck = await db.query(
        `select stack_id from deployments group by stack_id
         having bool_or(status = 'waiting') and not bool_or(status in ('ready', 'accepted', 'running'))`,
      )
      expect(stuck.rows).toEqual([])
      const untallied = await db.query(/* sql */ `
        select * from (select coalesce(stack_id, removed_stack_id) as stack_id, organization_id, operation, status, count(*)
                         from deployments where ended_at is not null group by 1, 2, 3, 4) ended
          full join deployment_tallies t using (stack_id, organization_id, operation, status)
         where ended.count is distinct from t.count`)
      expect(untallied.rows).toEqual([])
    },
    async clear() {
      await db.query('delete from stacks')
      await db.query('delete from moves')
      await db.query(
        'update organizations set concurrency_limit = 1000, deployments_paused = false, running_deployments = 0',
      )
    },
    close: () => world.close(),
  }
}
