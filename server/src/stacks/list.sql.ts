import { grantSql, type ReadableOrganizations } from '../access/stack-grant.ts'
import type { Queryable } from '../db/database.ts'
import { STACK_COLUMNS, STACK_TABLES, type StackRow } from './stack.sql.ts'

export interface ListedStackRow extends StackRow {
  readonly resourceCount: number | null
}

export interface StackFilter {
  readonly userId: string
  readonly readable: ReadableOrganizations
  readonly organization: string | undefined
  readonly project: string | undefined
  readonly tagName: string | undefined
  readonly tagValue: string | undefined
  /** The last row of the page before. */
  readonly after:
    | { readonly organizationId: string; readonly project: string; readonly name: string }
    | undefined
  readonly limit: number
}

/** In the order of the unique index on the names, so that a page costs the same wherever it is. */
const LIST = {
  name: 'stack-list',
  text: /* sql */ `
    select ${STACK_COLUMNS}, ${grantSql('$9')} as grant,
           (select t.resource_count from states t where t.stack_id = s.id order by t.version desc limit 1)
             as "resourceCount"
      from ${STACK_TABLES}
     where s.organization_id = any($1::uuid[] || $10::uuid[])
       and (s.organization_id = any($1::uuid[]) or ${grantSql('$9')} > 0)
       and ($11::text is null or o.name = $11)
       and ($2::text is null or s.project = $2)
       and ($3::text is null or s.tags ? $3)
       and ($4::text is null or s.tags ->> $3 = $4)
       and ($5::uuid is null or (s.organization_id, s.project, s.name) > ($5, $6, $7))
     order by s.organization_id, s.project, s.name
     limit $8`,
}

export async function listStackRows(tx: Queryable, filter: StackFilter): Promise<ListedStackRow[]> {
  const { readable, project, tagName, tagValue, after, limit } = filter
  const { rows } = await tx.query<ListedStackRow>(LIST, [
    readable.all,
    project ?? null,
    tagName ?? null,
    tagValue ?? null,
    after?.organizationId ?? null,
    after?.project ?? null,
    after?.name ?? null,
    limit,
    filter.userId,
    readable.given,
    filter.organization ?? null,
  ])
  return rows
}
