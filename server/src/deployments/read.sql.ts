/** Deployments as people read them: one, the list of a stack, the list of an organization. */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import { leastIn, type ReadableStacks } from '../access/permission.ts'
import { isReadable } from '../access/stack-place.ts'
import type { Queryable } from '../db/database.ts'
import { isUuid } from '../db/uuid.ts'
import type { StoredSettings } from '../settings/settings.ts'
import type { Status } from './deployment.ts'
import { isWanted, totalOfOrganization, totalOfStack } from './tally.sql.ts'

export interface DeploymentRow {
  readonly id: string
  readonly version: number
  readonly operation: Operation
  readonly status: Status
  readonly initiator: string
  readonly createdAt: Date
  readonly modifiedAt: Date
  readonly claimedAt: Date | null
  readonly login: string
  readonly userName: string
  readonly email: string
  readonly project: string
  readonly stack: string
  readonly latestVersion: number
  readonly paused: boolean
  readonly poolId: string
  readonly poolName: string
}

const COLUMNS = /* sql */ `
  d.id, d.version, d.operation, d.status, d.initiator, d.created_at as "createdAt", d.modified_at as "modifiedAt",
  d.claimed_at as "claimedAt", u.login, u.name as "userName", u.email, s.project, s.name as stack,
  s.last_deployment_version as "latestVersion", s.deployments_paused or o.deployments_paused as paused,
  p.id as "poolId", p.name as "poolName"`

const TABLES = /* sql */ `
  deployments d
  join (select id, project, name, last_deployment_version, deployments_paused, created_by from stacks
         union all
        select id, project, name, last_deployment_version, false, null from removed_stacks) s
    on s.id = coalesce(d.stack_id, d.removed_stack_id)
  join organizations o on o.id = d.organization_id
  join users u on u.id = d.requested_by
  join pools p on p.id = d.pool_id`

export interface DeploymentWithSettings extends DeploymentRow {
  readonly settings: StoredSettings
  readonly failureCode: string | null
  readonly failureMessage: string | null
}

const OF_ONE = /* sql */ `d.settings, d.failure_code as "failureCode", d.failure_message as "failureMessage"`

const BY_ID = {
  name: 'deployment-by-id',
  text: /* sql */ `select ${COLUMNS}, ${OF_ONE} from ${TABLES} where s.id = $1 and d.id = $2`,
}
const BY_VERSION = {
  name: 'deployment-by-version',
  text: /* sql */ `select ${COLUMNS}, ${OF_ONE} from ${TABLES}
     where (d.stack_id = $1 or d.removed_stack_id = $1) and d.version = $2`,
}

const VERSION = /^[1-9][0-9]{0,14}$/

export async function findById(
  db: Queryable,
  stackId: string,
  id: string,
): Promise<DeploymentWithSettings | undefined> {
  if (!isUuid(id)) return undefined
  return (await db.query<DeploymentWithSettings>(BY_ID, [stackId, id])).rows[0]
}

export async function findByVersion(
  db: Queryable,
  stackId: string,
  version: string,
): Promise<DeploymentWithSettings | undefined> {
  if (!VERSION.test(version)) return undefined
  return (await db.query<DeploymentWithSettings>(BY_VERSION, [stackId, version])).rows[0]
}

const HAS_HAD = {
  name: 'deployment-version-given',
  text: 'select from stacks where id = $1 and last_deployment_version >= $2',
}

/** Whether the stack has given that number to a deployment, which may be gone. */
export async function hasHadVersion(db: Queryable, stackId: string, version: string): Promise<boolean> {
  if (!VERSION.test(version)) return false
  return (await db.query(HAS_HAD, [stackId, version])).rowCount === 1
}

const STATUS = {
  name: 'deployment-status',
  text: /* sql */ `select status from deployments where coalesce(stack_id, removed_stack_id) = $1 and id = $2`,
}

export async function statusOf(db: Queryable, stackId: string, id: string): Promise<Status | undefined> {
  if (!isUuid(id)) return undefined
  return (await db.query<{ status: Status }>(STATUS, [stackId, id])).rows[0]?.status
}

/** What a list may be sorted by, and the columns behind it. Versions and ids grow together with the creation. */
export const SORTS = {
  created: 'd.seq',
  version: 'd.version',
  modified: 'd.modified_at',
  status: 'd.status',
  operation: 'd.operation',
} as const
export type Sort = keyof typeof SORTS

export interface Page {
  readonly page: number
  readonly pageSize: number
  readonly sort: Sort
  readonly ascending: boolean
  /** Only those with one of these. */
  readonly statuses: readonly Status[] | undefined
  readonly operations: readonly Operation[] | undefined
}

export interface Listed {
  readonly rows: readonly DeploymentRow[]
  readonly total: number
}

const EVERYTHING = { condition: '', tables: '', values: [] as readonly unknown[] }

/** Of an organization's deployments those whose stacks the caller may read. */
function onlyReadable(organizationId: string, readable: ReadableStacks): typeof EVERYTHING {
  if (readable.isEverything) return EVERYTHING
  return {
    condition: `${isReadable('$4::int', '$5::uuid[]')} and`,
    tables: 'left join stacks s on s.id = d.stack_id join organizations o on o.id = d.organization_id',
    values: [leastIn(readable, organizationId), readable.holders],
  }
}

export async function listOf(
  db: Queryable,
  scope:
    | { readonly stackId: string }
    | { readonly organizationId: string; readonly readable: ReadableStacks },
  page: Page,
): Promise<Listed> {
  const isStack = 'stackId' in scope
  const only = isStack ? EVERYTHING : onlyReadable(scope.organizationId, scope.readable)
  const total = isStack
    ? await totalOfStack(db, scope.stackId, page)
    : await totalOfOrganization(db, scope.organizationId, page, only)
  const place = placeOf(page, total)
  if (place.limit <= 0) return { rows: [], total }
  const [column, id] = isStack ? ['d.stack_id', scope.stackId] : ['d.organization_id', scope.organizationId]
  const order = orderOf(page.sort, isStack).map((key) => `${key} ${place.ascending ? 'asc' : 'desc'}`)
  const next = 4 + only.values.length
  // Column and direction are words of ours; whatever a client sent is a parameter.
  const { rows } = await db.query<DeploymentRow>(
    /* sql */ `
    select ${COLUMNS} from ${TABLES}
     where ${only.condition} ${column} = $1 and ${isWanted('d')}
     order by ${order.join(', ')} limit $${next} offset $${next + 1}`,
    [id, page.statuses ?? null, page.operations ?? null, ...only.values, place.limit, place.offset],
  )
  return { rows: place.ascending === page.ascending ? rows : rows.toReversed(), total }
}

/** A stack's versions are its own index; both keys together decide between rows that are alike. */
function orderOf(sort: Sort, isStack: boolean): readonly string[] {
  const age = isStack ? 'd.version' : 'd.seq'
  return sort === 'created' || (isStack && sort === 'version') ? [age] : [SORTS[sort], age]
}

/** Where a page is read from: the nearer end, so that the last one costs no more than the first. */
export function placeOf(
  { page, pageSize, ascending }: Pick<Page, 'page' | 'pageSize' | 'ascending'>,
  total: number,
): { readonly limit: number; readonly offset: number; readonly ascending: boolean } {
  const offset = (page - 1) * pageSize
  const limit = Math.min(pageSize, total - offset)
  if (offset < total / 2) return { limit, offset, ascending }
  return { limit, offset: total - offset - limit, ascending: !ascending }
}

export interface StepRow {
  readonly deploymentId: string
  readonly name: string
  readonly status: 'not-started' | 'running' | 'succeeded' | 'failed'
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

const STEPS = {
  name: 'steps-of-deployments',
  text: /* sql */ `
    select deployment_id as "deploymentId", name, status, started_at as "startedAt", ended_at as "endedAt"
      from deployment_steps where deployment_id = any ($1) order by deployment_id, step`,
}

export async function stepsOf(db: Queryable, ids: readonly string[]): Promise<readonly StepRow[]> {
  return (await db.query<StepRow>(STEPS, [ids])).rows
}

export interface Pauses {
  readonly organizationPaused: boolean
  readonly concurrency: number
}

const ORGANIZATION = /* sql */ `
  select deployments_paused as "organizationPaused", concurrency_limit as concurrency from organizations where id = $1`

export async function pausesOf(db: Queryable, organizationId: string): Promise<Pauses | undefined> {
  return (await db.query<Pauses>(ORGANIZATION, [organizationId])).rows[0]
}

const STACK_PAUSED = /* sql */ `select deployments_paused as paused from stacks where id = $1`

export async function isStackPaused(db: Queryable, stackId: string): Promise<boolean> {
  return (await db.query<{ paused: boolean }>(STACK_PAUSED, [stackId])).rows[0]?.paused === true
}
