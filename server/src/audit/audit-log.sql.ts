/** What was recorded of an organization, or of the installation itself: the newest first. */
import type { Queryable } from '../db/database.ts'

export interface AuditRow {
  readonly seq: number
  readonly at: Date
  readonly actor: string
  /** Of a person who is still there. */
  readonly name: string | null
  readonly email: string | null
  readonly action: string
  readonly target: string
  readonly details: Readonly<Record<string, unknown>>
}

export interface AuditFilter {
  /** Null: the installation's own. */
  readonly organizationId: string | null
  readonly from?: Date | undefined
  readonly before?: Date | undefined
  readonly action?: string | undefined
  /** An actor to the letter, or a login: whatever that person did, whoever said that it was they. */
  readonly who?: string | undefined
  /** Only what is older than this record. */
  readonly olderThanSeq?: number | undefined
}

/** Each has an index of its own where it is alone, so it stands in the statement only when it is asked for. */
const CONDITIONS = {
  from: (n: number) => `a.at >= $${n}`,
  before: (n: number) => `a.at < $${n}`,
  action: (n: number) => `a.action = $${n}`,
  who: (n: number) =>
    `(a.actor in ($${n}, 'user:' || $${n}) or a.actor like 'user:' || replace($${n}, '_', '\\_') || ' (%')`,
  olderThanSeq: (n: number) => `(a.at, a.seq) < (select b.at, b.seq from audit_log b where b.seq = $${n})`,
} as const

export async function listAudit(db: Queryable, filter: AuditFilter, limit: number): Promise<AuditRow[]> {
  const { organizationId } = filter
  const values: unknown[] = [limit]
  const place = (value: unknown): number => values.push(value)
  const conditions = [ownerIs(organizationId, place)]
  for (const [name, condition] of Object.entries(CONDITIONS)) {
    const value = filter[name as keyof typeof CONDITIONS]
    if (value !== undefined) conditions.push(condition(place(value)))
  }
  const { rows } = await db.query<AuditRow>(
    /* sql */ `
    select a.seq, a.at, a.actor, u.name, u.email, a.action, a.target, a.details
      from audit_log a
      left join users u on u.login = case when starts_with(a.actor, 'user:')
                                          then split_part(substr(a.actor, 6), ' ', 1) else a.actor end
     where ${conditions.join(' and ')}
     order by a.at desc, a.seq desc
     limit $1`,
    values,
  )
  return rows
}

/** The kinds of events that there are, each found by the index from the one before, however long the log is. */
export async function listActions(db: Queryable, organizationId: string | null): Promise<string[]> {
  const values: unknown[] = []
  const owner = ownerIs(organizationId, (value) => values.push(value))
  const { rows } = await db.query<{ action: string }>(
    /* sql */ `
    with recursive found (action) as (
      (select a.action from audit_log a where ${owner} order by a.action limit 1)
      union all
      select (select a.action from audit_log a where ${owner} and a.action > found.action
               order by a.action limit 1)
        from found where found.action is not null
    )
    select action from found where action is not null`,
    values,
  )
  return rows.map(({ action }) => action)
}

function ownerIs(organizationId: string | null, place: (value: unknown) => number): string {
  return organizationId === null
    ? 'a.organization_id is null'
    : `a.organization_id = $${place(organizationId)}`
}
