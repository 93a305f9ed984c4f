/** The updates that the `pulumi` of a deployment began, for lists; their full form is the state's. */
import type { UpdateKind } from '@daypass/contract/deployments.ts'
import type { Queryable } from '../db/database.ts'

export interface UpdateRow {
  readonly deploymentId: string
  readonly id: string
  readonly kind: UpdateKind
  readonly status: 'not started' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  readonly version: number | null
  /** JSON, as the CLI sent it. */
  readonly metadata: string
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

const OF_DEPLOYMENTS = {
  name: 'updates-of-deployments',
  text: /* sql */ `
    select u.deployment_id as "deploymentId", u.id, u.kind, u.status, u.version, u.metadata,
           u.started_at as "startedAt", u.ended_at as "endedAt"
      from updates u
     where u.deployment_id = any ($1) and u.status <> 'not started'
     order by u.deployment_id, u.created_at, u.id`,
}

export async function updatesOf(db: Queryable, ids: readonly string[]): Promise<readonly UpdateRow[]> {
  return (await db.query<UpdateRow>(OF_DEPLOYMENTS, [ids])).rows
}
