import type { ReadableStacks } from '../access/permission.ts'
import { isReadable } from '../access/stack-place.ts'
import type { Queryable } from '../db/database.ts'
import { STACK_COLUMNS, type StackRow } from './stack.sql.ts'

export interface ListedStackRow extends StackRow {
  readonly resourceCount: number | null
  readonly deploymentsPaused: boolean
  /** Of the latest update that may write. */
  readonly lastStatus: 'not started' | 'running' | 'succeeded' | 'failed' | 'cancelled' | null
}

export interface StackFilter {
  readonly readable: ReadableStacks
  readonly project: string | undefined
  readonly tagName: string | undefined
  readonly tagValue: string | undefined
  /** The last row of the page before. */
  readonly after:
    | { readonly organizationId: string; readonly project: string; readonly name: string }
    | undefined
  readonly limit: number
}

/** What PostgreSQL sees of a page's size: with a parameter it would plan anew each time, for longer than the page takes. */
const PLANNED_SIZES = [8, 64, 512]

/** Of the organization where the page before ended; all others are read from their start. No name is empty. */
const last = (name: string) => /* sql */ `coalesce(case when wanted.id = $2 then ${name}::text end, '')`
/** The name alone, too, so that the index is entered at the place and not at the project's first stack. */
const OF_PROJECT = /* sql */ `and project = $6 and s.name > ${last('case when $3 = $6 then $4 end')}`
const WITH_TAG = (name: string, value: string) => /* sql */ `
                and s.tags ? ${name} and (${value}::text is null or s.tags ->> ${name} = ${value})`

/**
 * In the order of the unique index on the names, from where the page before ended: a page costs the same wherever it is,
 * and however many stacks there are. Each organization gives at most a page, and what stands beside a stack is looked up
 * for the stacks of the page alone: a plain join may read all updates for it.
 */
const listText = (conditions: string, size: number) => /* sql */ `
    select ${STACK_COLUMNS},
           (select t.resource_count from states t where t.stack_id = s.id order by t.version desc limit 1)
             as "resourceCount",
           s.deployments_paused as "deploymentsPaused", a.status as "lastStatus"
      from unnest($1::uuid[], $5::int[]) as wanted (id, least)
      join organizations o on o.id = wanted.id
     cross join lateral (
             select s.* from stacks s
              where s.organization_id = wanted.id
                and (s.project, s.name) > (${last('$3')}, ${last('$4')}) ${conditions}
              order by s.project, s.name limit ${size}
           ) s
      left join lateral (select * from updates where id = s.active_update_id limit 1) a on true
      left join lateral (select * from users where id = a.requested_by limit 1) r on true
     where $2::uuid is null or wanted.id >= $2
     order by s.organization_id, s.project, s.name
     limit ${size}`

export async function listStackRows(tx: Queryable, filter: StackFilter): Promise<ListedStackRow[]> {
  const { readable, project, tagName, tagValue, after, limit } = filter
  const size = PLANNED_SIZES.find((planned) => planned >= limit) ?? limit
  const values: unknown[] = [
    readable.organizations.map(({ organizationId }) => organizationId),
    after?.organizationId ?? null,
    after?.project ?? null,
    after?.name ?? null,
    readable.organizations.map(({ least }) => least),
  ]
  let name = `stack-list-${size}`
  let conditions = ''
  if (project !== undefined) {
    name += '-of-project'
    conditions += OF_PROJECT
    values.push(project)
  }
  if (tagName !== undefined) {
    name += '-with-tag'
    conditions += WITH_TAG(`$${values.push(tagName)}`, `$${values.push(tagValue ?? null)}`)
  }
  if (!readable.isEverything) {
    name += '-readable'
    conditions += ` and ${isReadable('wanted.least', `$${values.push(readable.holders)}::uuid[]`)}`
  }
  const { rows } = await tx.query<ListedStackRow>({ name, text: listText(conditions, size) }, values)
  return rows.slice(0, limit)
}
