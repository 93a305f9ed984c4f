import type { Queryable } from '../db/database.ts'

const INSERT = /* sql */ `
  insert into updates
    (id, stack_id, kind, dry_run, status, version, requested_by, program, config, metadata, started_at, ended_at)
  values ($1, $2, 'import', false, 'succeeded', $3, $4, '{}', '{}', '{}', clock_timestamp(), clock_timestamp())`

export interface NewImport {
  readonly id: string
  readonly stackId: string
  readonly version: number
  readonly requestedBy: string
}

export async function insertImport(
  tx: Queryable,
  { id, stackId, version, requestedBy }: NewImport,
): Promise<void> {
  await tx.query(INSERT, [id, stackId, version, requestedBy])
}
