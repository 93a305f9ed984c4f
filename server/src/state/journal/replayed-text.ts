/** A replayed state as one text, which may be the base of the next one. For tests and checks: it is in memory twice. */
import type { StateText } from '../stored-state.ts'
import { type ReplayedState, replay } from './replay.ts'

export type ReplayedText = Omit<ReplayedState, 'pieces'> & StateText

export function replayedText(...given: Parameters<typeof replay>): ReplayedText {
  return wholeText(replay(...given))
}

export function wholeText<State extends { readonly pieces: readonly Buffer[] }>({
  pieces,
  ...state
}: State): Omit<State, 'pieces'> & { readonly deployment: Buffer } {
  return { ...state, deployment: Buffer.concat(pieces) }
}
