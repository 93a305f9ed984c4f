/**
 * Stacks: their names, their tags, and the names they gave up.
 *
 * Owns: the life of a stack from create to delete. Does not own: its deployment settings (settings), its state and
 * updates (state), its deployments (deployments). A stack is its id: names change hands, and a name that was given
 * up gets no token until an organization admin releases it (see `retired-names`).
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import {
  canAdministerStack,
  canPreviewStack,
  canReadStack,
  canWriteStack,
  type StackPlace,
} from '../access/permission.ts'
import type { Principal } from '../access/principal.ts'
import type { Queryable } from '../db/database.ts'
import { findStackRow, lockStackRow, type StackRow, selectStackIds, setTags } from './stack.sql.ts'

export interface StackNames {
  readonly organization: string
  readonly project: string
  readonly stack: string
}

export type StackTags = Readonly<Record<string, string>>

export interface Stack extends StackPlace {
  readonly organization: string
  readonly project: string
  readonly name: string
  readonly tags: StackTags
  /** Of the latest update that may write; 0 before the first. */
  readonly version: number
  readonly createdAt: Date
  readonly activeUpdate: ActiveUpdate | undefined
}

/** The latest update that may write, running or ended. */
export interface ActiveUpdate {
  readonly id: string
  readonly kind: string
  readonly running: boolean
  readonly author: string
  readonly startedAt: Date
  readonly endedAt: Date | undefined
}

/** What this slice asks of the state, which depends on it and not the other way round. */
export interface StateOfStacks {
  /** Some members of a body, by key, without reading a state beside them. Undefined for what is no JSON object. */
  readonly readMembers: (body: Buffer, keys: readonly string[]) => ReadonlyMap<string, unknown> | undefined
  /** The state in the body of a request to make a stack: undefined when there is none. */
  readonly readFirstState: (body: Buffer) => Promise<FirstState | Refusal | undefined>
  /** Why the stack may not go now, or undefined. */
  readonly runningUpdateConflict: (tx: Queryable, stackId: string) => Promise<Refusal | undefined>
  /** Brings the state under the stack's new name, and notes it in the history. The stack is held and idle. */
  readonly rename: (tx: Queryable, change: RenamedStack) => Promise<Refusal | undefined>
}

export interface RenamedStack {
  readonly stackId: string
  readonly from: { readonly project: string; readonly stack: string }
  readonly to: { readonly project: string; readonly stack: string }
  /** A user's id. */
  readonly requestedBy: string
}

export interface FirstState {
  readonly write: (tx: Queryable, stackId: string) => Promise<void>
}

/** `preview`: dry runs and the stack's secrets. `write`: its state. `admin`: its names, its end, and who may do what with it. */
export type Need = 'read' | 'preview' | 'write' | 'admin'

export async function findStack(tx: Queryable, names: StackNames): Promise<Stack | undefined> {
  const row = await findStackRow(tx, names)
  return row && stackFrom(row)
}

/**
 * The stack, when the caller may do with it what it needs to.
 *
 * A stack that does not exist and one that the caller may not see get the same 404, so that nobody can ask which
 * names exist. A stack token that may read the stack but not change it is told so.
 */
export async function loadStackFor(
  tx: Queryable,
  principal: Principal,
  names: StackNames,
  need: Need,
): Promise<Stack | Refusal> {
  const stack = await findStack(tx, names)
  if (!stack || !canReadStack(principal, stack)) return stackNotFound(names)
  const allowed = need === 'read' || CAN[need](principal, stack)
  return allowed ? stack : whyNot(principal, stack, need)
}

const CAN = { preview: canPreviewStack, write: canWriteStack, admin: canAdministerStack } as const

function whyNot(principal: Principal, stack: Stack, need: keyof typeof CAN): Refusal {
  if (principal.kind === 'deployment')
    return canPreviewStack(principal, stack) ? previewOnly : onlyItsOwnStack
  return need === 'admin' ? stackAdminsOnly : stackWritersOnly
}

/**
 * Waits for whoever changes the stack, then holds it for the rest of the transaction.
 *
 * Order of locks everywhere: stack, then deployment, then update.
 *
 * @returns Its version, or undefined when it is gone.
 */
export async function holdStack(tx: Queryable, stackId: string): Promise<{ version: number } | undefined> {
  return lockStackRow(tx, stackId)
}

/** Of all organizations, page by page: those behind the id `after`. */
export async function pageOfStackIds(
  tx: Queryable,
  after: string | undefined,
  limit: number,
): Promise<readonly string[]> {
  return selectStackIds(tx, after, limit)
}

/** All of them at once. */
export async function replaceTags(tx: Queryable, stackId: string, tags: StackTags): Promise<void> {
  await setTags(tx, stackId, tags)
}

export function stackNotFound({ organization, project, stack }: StackNames): Refusal {
  return {
    status: 404,
    reason: 'stack_not_found',
    message: `Not Found: no stack named ${organization}/${project}/${stack} that you may see.`,
  }
}

export const onlyItsOwnStack: Refusal = {
  status: 403,
  reason: 'other_stack',
  message: 'The token of a running deployment changes its own stack only.',
}

const stackWritersOnly: Refusal = {
  status: 403,
  reason: 'stack_write_only',
  message: 'Forbidden: you may read this stack; to preview or change it you need the permission to write it.',
}

const stackAdminsOnly: Refusal = {
  status: 403,
  reason: 'stack_admin_only',
  message:
    'Forbidden: only an admin of this stack may do this: who made it, whoever was given that permission, or an organization admin.',
}

export const previewOnly: Refusal = {
  status: 403,
  reason: 'preview_only',
  message: 'This deployment only looks: its token opens previews and dry runs, and writes no state.',
}

export function stackFrom(row: StackRow): Stack {
  const { activeUpdateId, kind, running, author, startedAt, endedAt, ...rest } = row
  if (!activeUpdateId || !kind || !startedAt) return { ...rest, activeUpdate: undefined }
  const ended = endedAt ?? undefined
  const activeUpdate = {
    id: activeUpdateId,
    kind,
    running: running === true,
    author: author ?? '',
    startedAt,
    endedAt: ended,
  }
  return { ...rest, activeUpdate }
}
