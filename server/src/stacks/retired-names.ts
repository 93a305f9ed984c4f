/**
 * Names that a delete gave up. A cloud's trust policy may still name them, so whoever takes such a name gets no token
 * under it (the issuer asks) until an organization admin has released it.
 */
import type { Queryable } from '../db/database.ts'

export interface RetiredName {
  readonly project: string
  readonly name: string
  readonly retiredAt: Date
}

export async function listRetiredNames(tx: Queryable, organizationId: string): Promise<RetiredName[]> {
  const { rows } = await tx.query<RetiredName>(
    /* sql */ `
    select project, name, retired_at as "retiredAt" from retired_stack_names
     where organization_id = $1 order by project, name`,
    [organizationId],
  )
  return rows
}

/** @returns Whether the name was retired. */
export async function releaseName(
  tx: Queryable,
  organizationId: string,
  project: string,
  name: string,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'delete from retired_stack_names where organization_id = $1 and project = $2 and name = $3',
    [organizationId, project, name],
  )
  return rowCount > 0
}
