/**
 * Stacks: their names, their tags, and the names they gave up.
 *
 * Owns: the life of a stack from create to delete. Does not own: its deployment settings (settings), its state and
 * updates (state), its deployments (deployments). A stack is its id: names change hands, and a name that was given
 * up gets no token until an organization admin releases it (see `retired-names`).
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { StackPermission } from '@daypass/contract/organizations.ts'
import {
  canAdministerStack,
  canDeleteStack,
  canPreviewStack,
  canReadStack,
  canWriteStack,
} from '../access/permission.ts'
import { type Principal, personOf } from '../access/principal.ts'
import type { Queryable } from '../db/database.ts'
import { findStackRow, lockStackRow, type StackRow, setTags } from './stack.sql.ts'

export interface StackNames {
  readonly organization: string
  readonly project: string
  readonly stack: string
}

export type StackTags = Readonly<Record<string, string>>

export interface Stack {
  readonly id: string
  readonly organizationId: string
  readonly organization: string
  readonly project: string
  readonly name: string
  readonly tags: StackTags
  /** Of the latest update that may write; 0 before the first. */
  readonly version: number
  readonly createdAt: Date
  /** What the person who asked for it was given of it by a team or as its creator. */
  readonly grant: StackPermission
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

/** `preview`: dry runs and the stack's secrets. `write`: its state. `admin`: its name and who may do what. */
export type Need = 'read' | 'preview' | 'write' | 'admin' | 'delete'

/** @param userId Whose grants are looked up; without one there are none. */
export async function findStack(
  tx: Queryable,
  names: StackNames,
  userId?: string,
): Promise<Stack | undefined> {
  const row = await findStackRow(tx, names, userId)
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
  const stack = await findStack(tx, names, personOf(principal).userId)
  if (!stack || !canReadStack(principal, stack)) return stackNotFound(names)
  if (need === 'preview' && !canPreviewStack(principal, stack)) return onlyItsOwnStack
  if (need !== 'read' && need !== 'preview' && !canWriteStack(principal, stack)) {
    return canPreviewStack(principal, stack) ? mayNotWrite(principal) : onlyItsOwnStack
  }
  if (need === 'admin' && !canAdministerStack(principal, stack)) return stackAdminOnly
  if (need === 'delete' && !canDeleteStack(principal, stack)) return stackAdminOnly
  return stack
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

const mayOnlyRead: Refusal = {
  status: 403,
  reason: 'stack_write_needed',
  message:
    'Forbidden: you may read this stack, not change it; ask an organization admin for write permission.',
}

const stackAdminOnly: Refusal = {
  status: 403,
  reason: 'stack_admin_only',
  message:
    'Forbidden: only an admin of this stack may do this; its creator is one, and organization admins are.',
}

export const onlyItsOwnStack: Refusal = {
  status: 403,
  reason: 'other_stack',
  message: 'The token of a running deployment changes its own stack only.',
}

const previewOnly: Refusal = {
  status: 403,
  reason: 'preview_only',
  message: 'This deployment only looks: its token opens previews and dry runs, and writes no state.',
}

/** For whoever may look at the stack. */
export function mayNotWrite(principal: Principal): Refusal {
  return principal.kind === 'user' ? mayOnlyRead : previewOnly
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
