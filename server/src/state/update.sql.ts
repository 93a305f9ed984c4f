import type { Queryable } from '../db/database.ts'

export interface NewUpdate {
  readonly id: string
  readonly stackId: string
  readonly kind: string
  readonly dryRun: boolean
  /** A preview-only refresh of the whole stack. */
  readonly detectsDrift: boolean
  readonly requestedBy: string
  readonly deployment: { readonly id: string; readonly fencing: number } | undefined
  /** JSON texts. */
  readonly program: string
  readonly config: string
  readonly metadata: string
}

const INSERT = {
  name: 'update-insert',
  text: /* sql */ `
    insert into updates
      (id, stack_id, kind, dry_run, requested_by, deployment_id, deployment_fencing, program, config, metadata,
       detects_drift)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
}

export async function insertUpdate(tx: Queryable, update: NewUpdate): Promise<void> {
  const { id, stackId, kind, dryRun, requestedBy, deployment, program, config, metadata } = update
  await tx.query(INSERT, [
    id,
    stackId,
    kind,
    dryRun,
    requestedBy,
    deployment?.id ?? null,
    deployment?.fencing ?? null,
    program,
    config,
    metadata,
    update.detectsDrift,
  ])
}

export interface UpdateRow {
  readonly id: string
  readonly kind: string
  readonly dryRun: boolean
  readonly status: 'not started' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  readonly version: number | null
  readonly deploymentId: string | null
  readonly deploymentFencing: number | null
  /** False for an update that no deployment opened. */
  readonly ofDeployment: boolean
  /** Null: they are there. */
  readonly eventsDeletedAt: Date | null
}

const COLUMNS = /* sql */ `
  id, kind, dry_run as "dryRun", status, version, deployment_id as "deploymentId",
  deployment_fencing as "deploymentFencing", deployment_fencing is not null as "ofDeployment",
  events_deleted_at as "eventsDeletedAt"`

const FIND = {
  name: 'update-find',
  text: `select ${COLUMNS} from updates where id = $1 and coalesce(stack_id, removed_stack_id) = $2`,
}

export async function findUpdate(
  tx: Queryable,
  stackId: string,
  updateId: string,
): Promise<UpdateRow | undefined> {
  return (await tx.query<UpdateRow>(FIND, [updateId, stackId])).rows[0]
}

const LOCK = {
  name: 'update-lock',
  text: `select ${COLUMNS} from updates where id = $1 and stack_id = $2 for no key update`,
}

export async function lockUpdate(
  tx: Queryable,
  stackId: string,
  updateId: string,
): Promise<UpdateRow | undefined> {
  return (await tx.query<UpdateRow>(LOCK, [updateId, stackId])).rows[0]
}

/** Shared: the end of the deployment waits until we are done, and then finds the update that we started. */
const HOLD_DEPLOYMENT = {
  name: 'update-hold-deployment',
  text: /* sql */ `
    select from deployments
     where id = $1 and fencing = $2 and status = 'running' and lease_until > clock_timestamp()
       for share`,
}

/** @returns False when it has ended, or was claimed anew. */
export async function holdDeployment(
  tx: Queryable,
  deployment: { readonly deploymentId: string; readonly fencing: number },
): Promise<boolean> {
  return (await tx.query(HOLD_DEPLOYMENT, [deployment.deploymentId, deployment.fencing])).rowCount === 1
}

export interface Start {
  readonly updateId: string
  readonly version: number | undefined
  readonly tokenHash: Buffer
  readonly leaseSeconds: number
  /** 0: its client sends whole states. */
  readonly journalVersion: number
}

const START = {
  name: 'update-start',
  text: /* sql */ `
    update updates
       set status = 'running', version = $2, lease_token_hash = $3, started_at = clock_timestamp(),
           journal_version = $5, lease_until = clock_timestamp() + make_interval(secs => $4)
     where id = $1
    returning floor(extract(epoch from lease_until))::bigint as "leaseUntil"`,
}

/** @returns When the lease ends, in Unix seconds. */
export async function startUpdateRow(tx: Queryable, start: Start): Promise<number> {
  const { updateId, version, tokenHash, leaseSeconds, journalVersion } = start
  const { rows } = await tx.query<{ leaseUntil: number }>(START, [
    updateId,
    version ?? null,
    tokenHash,
    leaseSeconds,
    journalVersion,
  ])
  return rows[0]?.leaseUntil ?? 0
}

const ADVANCE = {
  name: 'stack-advance',
  text: 'update stacks set version = $2, active_update_id = $3 where id = $1',
}

/** The stack's latest update is this one. */
export async function advanceStack(
  tx: Queryable,
  stackId: string,
  version: number,
  updateId: string,
): Promise<void> {
  await tx.query(ADVANCE, [stackId, version, updateId])
}

export interface Holder {
  readonly id: string
  readonly kind: string
  readonly author: string | null
  readonly startedAt: Date
  readonly deploymentVersion: number | null
}

const HOLDER = {
  name: 'update-holder',
  text: /* sql */ `
    select u.id, u.kind, r.login as author, u.started_at as "startedAt", d.version as "deploymentVersion"
      from updates u
      left join users r on r.id = u.requested_by
      left join deployments d on d.id = u.deployment_id
     where u.stack_id = $1 and u.status = 'running' and not u.dry_run and u.lease_until > clock_timestamp()`,
}

/** Who holds the stack, unless the lease has run out. */
export async function selectHolder(tx: Queryable, stackId: string): Promise<Holder | undefined> {
  return (await tx.query<Holder>(HOLDER, [stackId])).rows[0]
}

const END = {
  name: 'update-end',
  text: /* sql */ `
    update updates set status = $2, lease_until = null, ended_at = clock_timestamp() where id = $1
    returning ended_at as "endedAt", detects_drift and deployment_id is null as "isDriftRun",
              resource_changes as "resourceChanges"`,
}

export type UpdateResult = 'succeeded' | 'failed' | 'cancelled'

export interface EndedUpdate {
  readonly endedAt: Date
  /** It looked for drift, and no deployment opened it. */
  readonly isDriftRun: boolean
  readonly resourceChanges: Readonly<Record<string, number>> | null
}

/** The row alone: see `endHeldUpdate`. */
export async function endUpdateRow(
  tx: Queryable,
  updateId: string,
  status: UpdateResult,
): Promise<EndedUpdate> {
  const { rows } = await tx.query<EndedUpdate>(END, [updateId, status])
  const [row] = rows
  if (!row) throw new Error(`Update ${updateId} was held and is gone.`)
  return row
}

/** Few, and not held: look again under the stack's lock. */
export async function stacksWithExpiredUpdates(tx: Queryable): Promise<string[]> {
  const text = /* sql */ `
    select distinct stack_id as id from updates where status = 'running' and lease_until <= clock_timestamp()`
  return (await tx.query<{ id: string }>({ name: 'update-expired-stacks', text })).rows.map(({ id }) => id)
}

const LOCK_EXPIRED = {
  name: 'update-lock-expired',
  text: /* sql */ `
    select id from updates
     where stack_id = $1 and status = 'running' and lease_until <= clock_timestamp()
     order by id for no key update`,
}

/** @returns Their ids. */
export async function lockExpiredUpdates(tx: Queryable, stackId: string): Promise<string[]> {
  return (await tx.query<{ id: string }>(LOCK_EXPIRED, [stackId])).rows.map(({ id }) => id)
}

const LOCK_OF_DEPLOYMENT = {
  name: 'update-lock-of-deployment',
  text: /* sql */ `
    select id from updates
     where deployment_id = $1 and status = 'running' order by id for no key update`,
}

/** @returns Their ids. */
export async function lockUpdatesOfDeployment(tx: Queryable, deploymentId: string): Promise<string[]> {
  return (await tx.query<{ id: string }>(LOCK_OF_DEPLOYMENT, [deploymentId])).rows.map(({ id }) => id)
}

/** A restored update has no token, so nobody is left who could renew its lease. */
export async function prolongRunningUpdates(tx: Queryable, seconds: number): Promise<void> {
  const text = /* sql */ `
    update updates set lease_until = greatest(lease_until, clock_timestamp() + make_interval(secs => $1))
     where status = 'running' and lease_token_hash is not null`
  await tx.query(text, [seconds])
}

export async function deleteUpdatesNeverStarted(tx: Queryable, ageSeconds: number): Promise<void> {
  const text = /* sql */ `
    delete from updates
     where status = 'not started' and created_at < now() - make_interval(secs => $1)`
  await tx.query(text, [ageSeconds])
}
