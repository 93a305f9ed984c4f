/** All that the queue's rules speak of, read at one moment. */
import type { WaitingFor } from '@daypass/contract/deployments.ts'
import type { Status } from '../../../server/src/deployments/deployment.ts'
import { waitingFor } from '../../../server/src/deployments/waiting.ts'
import type { World } from '../world.ts'

export interface PicturedDeployment {
  readonly id: string
  readonly seq: number
  readonly stackId: string
  readonly organizationId: string
  readonly poolId: string
  readonly operation: string
  readonly status: Status
  readonly fencing: number
  /** Seconds since 1970 by the database's clock, as all times here. */
  readonly createdAt: number
  readonly leaseUntil: number | null
  /** When its timeout and the grace after it are over. */
  readonly runsUntil: number | null
}

export interface PicturedOrganization {
  readonly id: string
  readonly paused: boolean
  readonly limit: number
  /** As it counts itself. */
  readonly counted: number
}

export interface Move {
  readonly id: string
  readonly before: Status
  readonly after: Status
}

export interface Picture {
  readonly at: number
  readonly deployments: ReadonlyMap<string, PicturedDeployment>
  readonly stacks: ReadonlyMap<string, { readonly id: string; readonly paused: boolean }>
  readonly organizations: ReadonlyMap<string, PicturedOrganization>
  /** Why each one that has not started waits, as a user is told. */
  readonly waits: ReadonlyMap<string, WaitingFor>
  /** All moves since the schedule began. */
  readonly moves: readonly Move[]
}

/** One statement, so that all of it is of one moment; it also sends the mark, after all that was notified before. */
const PICTURE = {
  name: 'picture-of-the-queue',
  text: /* sql */ `
    select extract(epoch from clock_timestamp())::float8 as at,
           (select coalesce(json_agg(d order by d.seq), '[]') from (
             select id, seq, stack_id as "stackId", organization_id as "organizationId", pool_id as "poolId", operation,
                    status, fencing, extract(epoch from created_at)::float8 as "createdAt",
                    extract(epoch from lease_until)::float8 as "leaseUntil",
                    extract(epoch from started_at)::float8 + timeout_seconds + $1 as "runsUntil"
               from deployments) d) as deployments,
           (select coalesce(json_agg(s), '[]') from (select id, deployments_paused as paused from stacks) s) as stacks,
           (select json_agg(o) from (
             select id, deployments_paused as paused, concurrency_limit as limit, running_deployments as counted
               from organizations) o) as organizations,
           (select coalesce(json_agg(m order by m.n), '[]') from moves m) as moves,
           pg_notify($2, $3)`,
}

interface PictureRow {
  readonly at: number
  readonly deployments: readonly PicturedDeployment[]
  readonly stacks: readonly { readonly id: string; readonly paused: boolean }[]
  readonly organizations: readonly PicturedOrganization[]
  readonly moves: readonly Move[]
}

export async function takePicture(
  { database }: World,
  options: { readonly graceSeconds: number; readonly markChannel: string; readonly mark: number },
): Promise<Picture> {
  const { graceSeconds, markChannel, mark } = options
  const { rows } = await database.db.query<PictureRow>(PICTURE, [graceSeconds, markChannel, String(mark)])
  const [row] = rows
  if (!row) throw new Error('A picture is one row.')
  const queued = row.deployments.filter(({ status }) => status === 'waiting' || status === 'ready')
  return {
    at: row.at,
    deployments: byId(row.deployments),
    stacks: byId(row.stacks),
    organizations: byId(row.organizations),
    waits: await waitingFor(
      database.db,
      queued.map(({ id }) => id),
    ),
    moves: row.moves,
  }
}

export function isOver({ status }: PicturedDeployment): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'skipped'
}

export function isLive({ status }: PicturedDeployment): boolean {
  return status === 'accepted' || status === 'running'
}

/** Whether nothing but the lack of a runner keeps it from being claimed. */
export function mayBeClaimed(picture: Picture, one: PicturedDeployment): boolean {
  const organization = picture.organizations.get(one.organizationId)
  if (organization === undefined || organization.paused || organization.counted >= organization.limit)
    return false
  return one.status === 'ready' && picture.stacks.get(one.stackId)?.paused === false
}

function byId<Row extends { readonly id: string }>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row.id, row]))
}
