/** Stack tokens: they live on their deployment's row, and only as long as its lease. */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'
import { USER_COLUMNS, type UserRow } from './access-token.sql.ts'

export interface StackTokenRow extends UserRow {
  readonly deploymentId: string
  readonly stackId: string
  readonly organizationId: string
  readonly organization: string
  readonly operation: Operation
  readonly fencing: number
}

const FIND = {
  name: 'stack-token-find',
  text: /* sql */ `
    select d.id as "deploymentId", d.stack_id as "stackId", d.organization_id as "organizationId",
           g.name as organization, d.operation, d.fencing, ${USER_COLUMNS}
      from deployments d
      join users u on u.id = d.requested_by
      join organizations g on g.id = d.organization_id
     where d.stack_token_hash = $1 and d.status in ('accepted', 'running') and d.lease_until > now()`,
}

export async function findStackToken(db: Queryable, tokenHash: Buffer): Promise<StackTokenRow | undefined> {
  const { rows } = await db.query<StackTokenRow>(FIND, [tokenHash])
  return rows[0]
}
