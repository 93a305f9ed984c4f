import type { Queryable } from '../db/database.ts'
import type { HappenedEvent } from './event.ts'

const TAKE = {
  name: 'take-from-outbox',
  text: /* sql */ `
    delete from outbox
     where seq in (select seq from outbox order by seq limit $1 for update skip locked)
    returning organization_id as "organizationId", stack_id as "stackId", event, facts, happened_at as "happenedAt"`,
}

export async function takeRows(tx: Queryable, limit: number): Promise<HappenedEvent[]> {
  return (await tx.query<HappenedEvent>(TAKE, [limit])).rows
}
