/** What was recorded of an organization, the newest first. */
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
  readonly organizationId: string
  readonly from: Date | undefined
  readonly until: Date | undefined
  readonly action: string | undefined
  /** A login, or an actor to the letter. */
  readonly who: string | undefined
  /** Only those before it. */
  readonly beforeSeq: number | undefined
  readonly limit: number
}

const LIST = {
  name: 'audit-log-list',
  text: /* sql */ `
    select a.seq, a.at, a.actor, u.name, u.email, a.action, a.target, a.details
      from audit_log a
      left join users u on u.login = case when a.actor like 'user:%' then split_part(substr(a.actor, 6), ' ', 1) else a.actor end
     where a.organization_id = $1
       and ($2::bigint is null or a.seq < $2)
       and ($3::timestamptz is null or a.at >= $3)
       and ($4::timestamptz is null or a.at <= $4)
       and ($5::text is null or a.action = $5)
       and ($6::text is null or a.actor = $6 or a.actor = 'user:' || $6 or starts_with(a.actor, 'user:' || $6 || ' ('))
     order by a.seq desc
     limit $7`,
}

export async function listAudit(db: Queryable, filter: AuditFilter): Promise<AuditRow[]> {
  const { organizationId, beforeSeq, from, until, action, who, limit } = filter
  const values = [
    organizationId,
    beforeSeq ?? null,
    from ?? null,
    until ?? null,
    action ?? null,
    who ?? null,
    limit,
  ]
  return (await db.query<AuditRow>(LIST, values)).rows
}

/** From one to the next by the index, however long the log is. */
const ACTIONS = /* sql */ `
  with recursive found (action) as (
    (select action from audit_log where organization_id = $1 order by action limit 1)
    union all
    select (select a.action from audit_log a where a.organization_id = $1 and a.action > found.action
             order by a.action limit 1)
      from found where found.action is not null
  )
  select action from found where action is not null`

export async function listActions(db: Queryable, organizationId: string): Promise<string[]> {
  return (await db.query<{ action: string }>(ACTIONS, [organizationId])).rows.map(({ action }) => action)
}
