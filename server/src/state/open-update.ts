/** Opening an update takes two calls: create keeps what it is about, start takes the stack and gives the lease. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { canWriteStack } from '../access/permission.ts'
import { type Principal, personOf } from '../access/principal.ts'
import { hashToken, makeToken } from '../access/token.ts'
import type { Database, Queryable } from '../db/database.ts'
import { isUniqueViolation } from '../db/errors.ts'
import { holdStack, mayNotWrite, replaceTags, type Stack, type StackTags } from '../stacks/stack.ts'
import { failExpiredUpdates } from './ending.ts'
import { JOURNAL_VERSION } from './journal/journal.ts'
import type { CreateUpdateRequest } from './read-update-request.ts'
import {
  advanceStack,
  findUpdate,
  holdDeployment,
  insertUpdate,
  lockUpdate,
  selectHolder,
  startUpdateRow,
  type UpdateRow,
} from './update.sql.ts'
import { conflictWith, UPDATE_LEASE_SECONDS, type UpdateKind } from './update.ts'

/** @returns Undefined when it is created. The stack is one that the caller may preview. */
export async function createUpdate(
  db: Queryable,
  principal: Principal,
  stack: Stack,
  update: { readonly id: string; readonly kind: UpdateKind; readonly request: CreateUpdateRequest },
): Promise<Refusal | undefined> {
  const { id, kind, request } = update
  const dryRun = kind === 'preview' || request.dryRun
  if (!dryRun && !canWriteStack(principal, stack)) return mayNotWrite(principal)
  await insertUpdate(db, {
    id,
    stackId: stack.id,
    kind,
    dryRun,
    requestedBy: personOf(principal).userId,
    deployment: deploymentOf(principal),
    program: request.program,
    config: request.config,
    metadata: request.metadata,
  })
  return undefined
}

export interface StartedUpdate {
  /** What the stack's version will be; a dry run leaves it as it is. */
  readonly version: number
  /** The lease, shown this once. */
  readonly token: string
  /** Unix seconds. */
  readonly tokenExpiration: number
  /** What the client is to send: 0, whole states; from 1, journal entries of that version. */
  readonly journalVersion: number
}

export interface StartRequest {
  readonly updateId: string
  /** Replace the stack's tags when given. */
  readonly tags: StackTags | undefined
  /** The newest journal that the client can write; 0: none. */
  readonly journalVersion: number
}

/**
 * Starts an update: gives it the next version and takes the stack, unless it is a dry run.
 *
 * @returns The lease, or why not: above all that another update holds the stack.
 */
export async function startUpdate(
  { db, randomBytes }: { readonly db: Database; readonly randomBytes: (count: number) => Buffer },
  principal: Principal,
  stack: Stack,
  request: StartRequest,
): Promise<StartedUpdate | Refusal> {
  const { updateId, tags } = request
  const journalVersion = Math.min(request.journalVersion, JOURNAL_VERSION)
  const found = await findUpdate(db, stack.id, updateId)
  if (!found) return updateNotFound(updateId)
  const token = makeToken('update', randomBytes)
  const lease = { updateId, tokenHash: hashToken(token), leaseSeconds: UPDATE_LEASE_SECONDS }

  return found.dryRun ? startDryRun() : takingTheStack(db, stack.id, start)

  async function startDryRun(): Promise<StartedUpdate | Refusal> {
    return db.transaction(async (tx) => {
      const refusal = await reasonNotToStart(tx, principal, stack, updateId)
      if (refusal) return refusal
      const tokenExpiration = await startUpdateRow(tx, { ...lease, version: undefined, journalVersion: 0 })
      return { version: stack.version, token, tokenExpiration, journalVersion: 0 }
    })
  }

  async function start(tx: Queryable): Promise<StartedUpdate | Refusal> {
    const locked = await holdStack(tx, stack.id)
    const refusal = await reasonNotToStart(tx, principal, stack, updateId)
    if (!locked) return updateNotFound(updateId)
    if (refusal) return refusal
    await failExpiredUpdates(tx, stack.id)
    const holder = await selectHolder(tx, stack.id)
    if (holder) return conflictWith(holder)
    const version = locked.version + 1
    const tokenExpiration = await startUpdateRow(tx, { ...lease, version, journalVersion })
    await advanceStack(tx, stack.id, version, updateId)
    if (tags) await replaceTags(tx, stack.id, tags)
    return { version, token, tokenExpiration, journalVersion }
  }
}

/**
 * Under the stack's lock the question who holds it has one answer; the unique index stands behind it. What it
 * refuses is answered as what it is: somebody else holds the stack.
 */
export async function takingTheStack<T>(
  db: Database,
  stackId: string,
  work: (tx: Queryable) => Promise<T | Refusal>,
): Promise<T | Refusal> {
  try {
    return await db.transaction(work)
  } catch (error) {
    if (!isUniqueViolation(error, 'one_running_update_per_stack')) throw error
    const holder = await selectHolder(db, stackId)
    if (holder) return conflictWith(holder)
    throw error
  }
}

async function reasonNotToStart(
  tx: Queryable,
  principal: Principal,
  stack: Stack,
  updateId: string,
): Promise<Refusal | undefined> {
  if (principal.kind === 'deployment' && !(await holdDeployment(tx, principal))) return jobIsOver
  const update = await lockUpdate(tx, stack.id, updateId)
  if (!update || !isOpenedBy(principal, update)) return updateNotFound(updateId)
  if (!update.dryRun && !canWriteStack(principal, stack)) return mayNotWrite(principal)
  if (update.status === 'not started') return undefined
  return {
    status: 409,
    reason: 'update_started',
    message: `Conflict: Update ${updateId} was started before.`,
  }
}

export const jobIsOver: Refusal = {
  status: 409,
  reason: 'lease_lost',
  message: 'Conflict: the deployment that this token belongs to has ended.',
}

/** A deployment starts its own updates only, and nobody else starts a deployment's. */
export function isOpenedBy(principal: Principal, update: UpdateRow): boolean {
  if (principal.kind === 'user') return !update.ofDeployment
  return update.deploymentId === principal.deploymentId && update.deploymentFencing === principal.fencing
}

export function updateNotFound(updateId: string): Refusal {
  return {
    status: 404,
    reason: 'update_not_found',
    message: `Not Found: this stack has no update ${updateId}.`,
  }
}

function deploymentOf(principal: Principal): { id: string; fencing: number } | undefined {
  return principal.kind === 'user' ? undefined : { id: principal.deploymentId, fencing: principal.fencing }
}
