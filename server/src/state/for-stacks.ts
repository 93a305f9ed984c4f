/** What the stacks ask of us: a first state, and whether somebody is writing. */
import { isRefusal } from '../refuse.ts'
import type { StateOfStacks } from '../stacks/stack.ts'
import { readMember } from './state-text.ts'
import { writeState } from './stored-state.ts'
import { runningUpdateConflict } from './update.ts'

export const stateOfStacks: StateOfStacks = {
  readFirstState: (body) => {
    const state = readMember(body, 'state')
    if (!state || isRefusal(state)) return state
    // Before every update: version 0.
    return { write: (tx, stackId) => writeState(tx, { stackId, updateId: undefined, version: 0, state }) }
  },
  runningUpdateConflict,
}
