import type { Queryable } from '../db/database.ts'

export interface HistoryRow {
  readonly id: string
  readonly kind: string
  readonly status: 'not started' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  readonly version: number | null
  /** Of the stack, now. */
  readonly latestVersion: number
  /** JSON texts as the client sent them. */
  readonly config: string
  readonly metadata: string
  readonly resourceChanges: Readonly<Record<string, number>> | null
  readonly resourceCount: number | null
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  readonly login: string | null
  readonly name: string | null
}

/** The columns of a {@link HistoryRow}; needs the joins of {@link HISTORY_TABLES}. */
export const HISTORY_COLUMNS = /* sql */ `
  u.id, u.kind, u.status, u.version, coalesce(s.version, u.version, 0) as "latestVersion", u.config, u.metadata,
  u.resource_changes as "resourceChanges", t.resource_count as "resourceCount", u.started_at as "startedAt",
  u.ended_at as "endedAt", r.login, r.name`

/** A look-up for each row that is shown: a plain join reads every state of the stack for a page of ten. */
export const HISTORY_TABLES = /* sql */ `
  updates u
  left join stacks s on s.id = u.stack_id
  left join lateral (
    select resource_count from states
     where stack_id = u.stack_id and version = u.version and not u.dry_run limit 1
  ) t on true
  left join users r on r.id = u.requested_by`

/**
 * What may write has the stack's next version, and is never deleted without its stack: the versions are 1, 2, 3 … without
 * a gap. So the place of a page is a version, and the last page costs no more than the first.
 */
const PAGE = {
  name: 'history-page',
  text: /* sql */ `
    select ${HISTORY_COLUMNS} from ${HISTORY_TABLES}
     where u.stack_id = $1 and u.version is not null and not u.dry_run
       and u.version <= (select version from stacks where id = $1) - $3
     order by u.version desc limit $2`,
}

/** Newest first; what wrote nothing is not in it. */
export async function selectHistory(
  tx: Queryable,
  stackId: string,
  page: { readonly limit: number | undefined; readonly offset: number },
): Promise<HistoryRow[]> {
  return (await tx.query<HistoryRow>(PAGE, [stackId, page.limit ?? null, page.offset])).rows
}

const ONE = {
  name: 'history-one',
  text: /* sql */ `
    select ${HISTORY_COLUMNS} from ${HISTORY_TABLES}
     where u.stack_id = $1 and u.version is not null and not u.dry_run and ($2::bigint is null or u.version = $2)
     order by u.version desc limit 1`,
}

/** The latest, without a version. */
export async function selectHistoryEntry(
  tx: Queryable,
  stackId: string,
  version: number | undefined,
): Promise<HistoryRow | undefined> {
  return (await tx.query<HistoryRow>(ONE, [stackId, version ?? null])).rows[0]
}

const COUNT = { name: 'history-count', text: 'select version as count from stacks where id = $1' }

/** The newest version is how many there were. */
export async function countHistory(tx: Queryable, stackId: string): Promise<number> {
  return (await tx.query<{ count: number }>(COUNT, [stackId])).rows[0]?.count ?? 0
}

const OF_DEPLOYMENT = {
  name: 'history-of-deployment',
  text: /* sql */ `
    select ${HISTORY_COLUMNS} from ${HISTORY_TABLES}
     where u.deployment_id = $1 and u.status <> 'not started'
     order by u.dry_run, u.created_at, u.id`,
}

export async function selectUpdatesOfDeployment(tx: Queryable, deploymentId: string): Promise<HistoryRow[]> {
  return (await tx.query<HistoryRow>(OF_DEPLOYMENT, [deploymentId])).rows
}
