import type { Queryable } from '../db/database.ts'

/** A replacement has three events: what is made, what is replaced, and what is deleted. */
const SELECT = {
  name: 'changed-resources',
  text: /* sql */ `
    select op, urn from update_events
     where update_id = $1 and type = 'resOutputsEvent' and urn is not null and op is not null
       and op not in ('same', 'read', 'refresh', 'create-replacement', 'delete-replaced')
     order by sequence limit $2`,
}

export async function selectChangedResources(
  db: Queryable,
  updateId: string,
  limit: number,
): Promise<readonly { readonly op: string; readonly urn: string }[]> {
  return (await db.query<{ op: string; urn: string }>(SELECT, [updateId, limit])).rows
}
