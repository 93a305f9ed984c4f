/** What was done by whom. One row an act, written in the transaction of the act, so that there is neither without the other. */
import type { Queryable } from '../db/database.ts'

export interface AuditEntry {
  /** Null: an act on the installation itself. */
  readonly organizationId: string | null
  /** `user:<login>`, `deployment:<id>` or `daypass` for what the server does by itself. */
  readonly actor: string
  /** A verb of the domain, `<noun>.<past participle>`: `token.created`. */
  readonly action: string
  /** What it was done to: a name or an id, never a secret. */
  readonly target: string
  readonly details?: Readonly<Record<string, unknown>>
}

export async function recordAudit(tx: Queryable, entry: AuditEntry): Promise<void> {
  const { organizationId, actor, action, target, details } = entry
  await tx.query(
    'insert into audit_log (organization_id, actor, action, target, details) values ($1, $2, $3, $4, $5)',
    [organizationId, actor, action, target, JSON.stringify(details ?? {})],
  )
}
