import type { Queryable } from '../db/database.ts'
import { HISTORY_COLUMNS, HISTORY_TABLES, type HistoryRow } from './history.sql.ts'

export interface PreviewPage {
  /** Undefined: of all versions. */
  readonly version: number | undefined
  readonly oldestFirst: boolean
  readonly limit: number
  readonly offset: number
}

/** A preview shows what an update would do to the version that is the latest while it runs. */
const OF_STACK = /* sql */ `
     where u.stack_id = $1 and u.dry_run and u.status <> 'not started'
       and ($2::bigint is null or $2 = (
             select coalesce(max(w.version), 0) from updates w
              where w.stack_id = $1 and not w.dry_run and w.started_at <= u.started_at))`

const PAGE = (direction: 'asc' | 'desc') => ({
  name: `preview-page-${direction}`,
  text: /* sql */ `
    select ${HISTORY_COLUMNS} from ${HISTORY_TABLES} ${OF_STACK}
     order by u.created_at ${direction}, u.id ${direction} limit $3 offset $4`,
})
const OLDEST_FIRST = PAGE('asc')
const NEWEST_FIRST = PAGE('desc')

export async function selectPreviews(
  tx: Queryable,
  stackId: string,
  { version, oldestFirst, limit, offset }: PreviewPage,
): Promise<HistoryRow[]> {
  const statement = oldestFirst ? OLDEST_FIRST : NEWEST_FIRST
  return (await tx.query<HistoryRow>(statement, [stackId, version ?? null, limit, offset])).rows
}

export async function countPreviews(
  tx: Queryable,
  stackId: string,
  version: number | undefined,
): Promise<number> {
  const text = `select count(*) as count from updates u ${OF_STACK}`
  return (await tx.query<{ count: number }>(text, [stackId, version ?? null])).rows[0]?.count ?? 0
}

export async function selectPreview(
  tx: Queryable,
  stackId: string,
  updateId: string,
): Promise<HistoryRow | undefined> {
  const text = /* sql */ `
    select ${HISTORY_COLUMNS} from ${HISTORY_TABLES}
     where u.stack_id = $1 and u.id = $2 and u.dry_run and u.status <> 'not started'`
  return (await tx.query<HistoryRow>(text, [stackId, updateId])).rows[0]
}
