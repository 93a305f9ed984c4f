import type { Queryable } from '../db/database.ts'

const INSERT = {
  name: 'instant-update-insert',
  text: /* sql */ `
    insert into updates
      (id, stack_id, kind, dry_run, status, version, requested_by, program, config, metadata, started_at, ended_at)
    values ($1, $2, $3, false, 'succeeded', $4, $5, '{}', '{}', $6, clock_timestamp(), clock_timestamp())`,
}

/** An update that has succeeded when it is made. */
export interface InstantUpdate {
  readonly id: string
  readonly stackId: string
  readonly kind: 'import' | 'rename'
  readonly version: number
  readonly requestedBy: string
  /** For the history. */
  readonly message: string
}

export async function insertInstantUpdate(tx: Queryable, update: InstantUpdate): Promise<void> {
  const { id, stackId, kind, version, requestedBy, message } = update
  await tx.query(INSERT, [id, stackId, kind, version, requestedBy, JSON.stringify({ message })])
}
