/** What the stacks ask of us: a first state, whether somebody is writing, and a state under another name. */
import { isRefusal } from '../refuse.ts'
import type { StateOfStacks } from '../stacks/stack.ts'
import { failExpiredUpdates } from './ending.ts'
import { JsonTextError, membersOf, textOf } from './json-span.ts'
import { renameState } from './rename/rename-state.ts'
import { receiveState } from './sent-state.ts'
import { writeReceived } from './stored-state.ts'
import { runningUpdateConflict } from './update.ts'

export function stateOfStacks(services: { readonly randomUuid: () => string }): StateOfStacks {
  return {
    readMembers(body, keys) {
      try {
        const members = membersOf(body)
        const present = keys.flatMap((key) => {
          const span = members.get(key)
          return span ? [[key, JSON.parse(textOf(body, span))] as const] : []
        })
        return new Map(present)
      } catch (error) {
        if (!(error instanceof JsonTextError)) throw error
        return undefined
      }
    },
    async readFirstState(body) {
      const span = membersOf(body).get('state')
      if (!span || textOf(body, { ...span, end: span.start + 4 }) === 'null') return undefined
      const state = await receiveState([body.subarray(span.start, span.end)])
      if (isRefusal(state)) return state
      // Before every update: version 0.
      return {
        write: (tx, stackId) => writeReceived(tx, { stackId, updateId: undefined, version: 0, state }),
      }
    },
    async runningUpdateConflict(tx, stackId) {
      // What a silent client left counts before anybody asks whether there is anything.
      await failExpiredUpdates(tx, stackId)
      return runningUpdateConflict(tx, stackId)
    },
    rename: (tx, change) => renameState(tx, { ...change, updateId: services.randomUuid() }),
  }
}
