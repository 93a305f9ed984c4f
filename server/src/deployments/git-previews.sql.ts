import type { Queryable } from '../db/database.ts'

export interface LivePreview {
  readonly id: string
  readonly stackId: string
}

const LIVE = {
  name: 'git-previews-live',
  text: /* sql */ `
    select id, stack_id as "stackId" from deployments
     where stack_id = any ($1::uuid[]) and status in ('waiting', 'ready', 'accepted', 'running')
       and git ->> 'event' = 'pull-request' and git ->> 'hostId' = $2 and (git ->> 'pullRequest')::integer = $3
       and git ->> 'commit' is distinct from $4
     order by seq`,
}

/** @param exceptCommit Undefined: of all commits. */
export async function livePreviews(
  db: Queryable,
  of: {
    readonly stackIds: readonly string[]
    readonly hostId: string
    readonly pullRequest: number
    readonly exceptCommit: string | undefined
  },
): Promise<LivePreview[]> {
  const values = [of.stackIds, of.hostId, of.pullRequest, of.exceptCommit ?? null]
  return (await db.query<LivePreview>(LIVE, values)).rows
}

const QUEUED_UPDATES = {
  name: 'review-updates-queued',
  text: /* sql */ `
    select id, stack_id as "stackId" from deployments
     where stack_id = $1 and status in ('waiting', 'ready') and operation = 'update' and git ->> 'event' = 'review-stack'
       and git ->> 'commit' is distinct from $2
     order by seq`,
}

/** @param exceptCommit Undefined: of all commits. */
export async function queuedReviewUpdates(
  db: Queryable,
  stackId: string,
  exceptCommit: string | undefined,
): Promise<LivePreview[]> {
  return (await db.query<LivePreview>(QUEUED_UPDATES, [stackId, exceptCommit ?? null])).rows
}
