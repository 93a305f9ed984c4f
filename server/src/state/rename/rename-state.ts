/** A stack's new name in its state, and in its history: an update of the kind `rename`. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Queryable } from '../../db/database.ts'
import { isRefusal } from '../../refuse.ts'
import { holdStack, type RenamedStack } from '../../stacks/stack.ts'
import { failExpiredUpdates } from '../ending.ts'
import { insertInstantUpdate } from '../instant-update.sql.ts'
import { JsonTextError } from '../json-span.ts'
import { readState, type StatePieces, type StateText, writeState } from '../stored-state.ts'
import { advanceStack } from '../update.sql.ts'
import { renamedState } from './renamed-state.ts'
import type { StackIdentity } from './urn.ts'

/**
 * Call it while the stack is held and nobody writes.
 *
 * States of earlier versions keep the names that they were written under: they say how it was.
 */
export async function renameState(
  tx: Queryable,
  { stackId, from, to, requestedBy, updateId }: RenamedStack & { readonly updateId: string },
): Promise<Refusal | undefined> {
  const held = await holdStack(tx, stackId)
  if (!held) throw new Error(`Stack ${stackId} was held and is gone.`)
  await failExpiredUpdates(tx, stackId)
  const state = await readState(tx, stackId, undefined)
  const renamed = state && renamedText(state, from, to)
  if (isRefusal(renamed)) return renamed
  const version = held.version + 1
  const message = `Renamed from ${from.project}/${from.stack} to ${to.project}/${to.stack}`
  await insertInstantUpdate(tx, { id: updateId, stackId, kind: 'rename', version, requestedBy, message })
  await advanceStack(tx, stackId, version, updateId)
  if (renamed) await writeState(tx, { stackId, updateId, version, state: renamed })
  return undefined
}

function renamedText(state: StateText, from: StackIdentity, to: StackIdentity): StatePieces | Refusal {
  try {
    const { deployment, ...label } = state
    return { ...label, pieces: renamedState(deployment, from, to) }
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error
    const message = `Conflict: the state cannot be renamed. ${error.message}`
    return { status: 409, reason: 'state_unreadable', message }
  }
}
