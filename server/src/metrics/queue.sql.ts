import type { Queryable } from '../db/database.ts'

export interface QueueLengths {
  readonly waiting: number
  readonly ready: number
  readonly accepted: number
  readonly running: number
  /** Events and deliveries. */
  readonly webhooks: number
  readonly gitDeliveries: number
}

/** From partial indexes: what has ended is not looked at. */
const LENGTHS = {
  name: 'queue-lengths',
  text: /* sql */ `
    select (select count(*) from deployments where status = 'waiting') as waiting,
           (select count(*) from deployments where status = 'ready') as ready,
           (select count(*) from deployments where status in ('accepted', 'running') and status = 'accepted') as accepted,
           (select count(*) from deployments where status in ('accepted', 'running') and status = 'running') as running,
           (select count(*) from webhook_deliveries where due_at is not null) + (select count(*) from outbox)
             as webhooks,
           (select count(*) from git_deliveries where due_at is not null) as "gitDeliveries"`,
}

export async function queueLengths(db: Queryable): Promise<QueueLengths> {
  const [row] = (await db.query<QueueLengths>(LENGTHS)).rows
  if (!row) throw new Error('A select without a table has no row.')
  return row
}
