/** The list of the stacks that somebody may see, in pages. */
import { readableStacks } from '../access/permission.ts'
import type { Principal } from '../access/principal.ts'
import type { Queryable } from '../db/database.ts'
import { type ListedStackRow, listStackRows, type StackFilter } from './list.sql.ts'
import { type Stack, stackFrom } from './stack.ts'

export interface StackQuery {
  readonly organization?: string
  readonly project?: string
  readonly tagName?: string
  readonly tagValue?: string
  readonly continuationToken?: string
  readonly maxResults?: number
}

export interface ListedStack extends Stack {
  readonly resourceCount: number
  readonly deploymentsPaused: boolean
  /** Of the latest update that may write; undefined before the first. */
  readonly lastResult: 'in-progress' | 'succeeded' | 'failed' | undefined
}

export interface StackPage {
  readonly stacks: readonly ListedStack[]
  /** Null at the end: an empty text would make the CLI ask for ever. */
  readonly continuationToken: string | null
}

const PAGE = 500

/** A token that we did not make begins at the start. A job sees what the person behind it sees of its organization. */
export async function listStacks(tx: Queryable, principal: Principal, query: StackQuery): Promise<StackPage> {
  const limit = Math.min(query.maxResults ?? PAGE, PAGE)
  const rows = await listStackRows(tx, {
    readable: readableStacks(principal, query.organization || undefined),
    project: query.project || undefined,
    tagName: query.tagName || undefined,
    tagValue: query.tagName ? query.tagValue || undefined : undefined,
    after: query.continuationToken ? placeFrom(query.continuationToken) : undefined,
    limit: limit + 1,
  })
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return { stacks: page.map(listed), continuationToken: last ? tokenAt(last) : null }
}

function listed({ resourceCount, deploymentsPaused, lastStatus, ...row }: ListedStackRow): ListedStack {
  const lastResult = lastStatus === null ? undefined : RESULTS[lastStatus]
  return { ...stackFrom(row), resourceCount: resourceCount ?? 0, deploymentsPaused, lastResult }
}

/** As the history of a stack says it. */
const RESULTS = {
  'not started': 'in-progress',
  running: 'in-progress',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'failed',
} as const

/** No name holds a blank, so three of them in a row have one reading. */
function tokenAt({ organizationId, project, name }: ListedStackRow): string {
  return Buffer.from(`${organizationId} ${project} ${name}`).toString('base64url')
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function placeFrom(token: string): StackFilter['after'] {
  const [organizationId, project, name] = Buffer.from(token, 'base64url').toString('utf8').split(' ')
  if (!organizationId || !UUID.test(organizationId) || !project || !name) return undefined
  return { organizationId, project, name }
}
