/** What the stacks ask of us: a first state, whether somebody is writing, and a state under another name. */
import { isRefusal } from '../refuse.ts'
import type { StateOfStacks } from '../stacks/stack.ts'
import { failExpiredUpdates } from './ending.ts'
import { renameState } from './rename/rename-state.ts'
import { readMember } from './state-text.ts'
import { writeState } from './stored-state.ts'
import { runningUpdateConflict } from './update.ts'

export function stateOfStacks(services: { readonly randomUuid: () => string }): StateOfStacks {
  return {
    readFirstState: (body) => {
      const state = readMember(body, 'state')
      if (!state || isRefusal(state)) return state
      // Before every update: version 0.
      return { write: (tx, stackId) => writeState(tx, { stackId, updateId: undefined, version: 0, state }) }
    },
    async runningUpdateConflict(tx, stackId) {
      // What a silent client left counts before anybody asks whether there is anything.
      await failExpiredUpdates(tx, stackId)
      return runningUpdateConflict(tx, stackId)
    },
    rename: (tx, change) => renameState(tx, { ...change, updateId: services.randomUuid() }),
  }
}
