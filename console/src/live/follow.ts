/**
 * Follows server-sent events over lost connections and servers that are started anew: goes on after the last event that
 * came, and waits longer from failure to failure.
 */
import { isRefusal, refusalOf } from '../api/refusal.ts'
import { eventReader, type StreamEvent } from './events.ts'

export type StreamState =
  | { readonly is: 'connecting' | 'open' | 'reconnecting' | 'over' }
  /** It is not tried again. */
  | { readonly is: 'refused'; readonly status: number; readonly message: string }

export interface Followed {
  /** Throws a refusal when the server answers with one. @param lastId of the last event that came */
  readonly open: (lastId: string, signal: AbortSignal) => Promise<Response>
  readonly onEvents: (events: readonly StreamEvent[]) => void
  readonly onState: (state: StreamState) => void
  /** Waits so long, or until there is a reason to try at once. */
  readonly rest: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** 0 to 1: that not every page comes back in the same moment. */
  readonly random: () => number
  readonly signal: AbortSignal
}

const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 10_000
/** The server says something every 15 s: a connection that says nothing for so long is none, whatever it looks like. */
const SILENCE_MS = 40_000

export async function followEvents(followed: Followed): Promise<void> {
  const { onState, rest, random, signal } = followed
  const place = { lastId: '' }
  let failures = 0
  onState({ is: 'connecting' })
  while (!signal.aborted) {
    try {
      const came = await readOnce(followed, place)
      if (came === 'over') return onState({ is: 'over' })
      failures = came > 0 ? 0 : failures
    } catch (error) {
      if (signal.aborted) return
      if (isRefusal(error) && isForGood(error.status)) {
        return onState({ is: 'refused', status: error.status, message: error.message })
      }
    }
    if (signal.aborted) return
    onState({ is: 'reconnecting' })
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures)
    failures += 1
    await rest(longest * (0.5 + random() / 2), signal)
  }
}

/** One connection, to its end. @returns How many events came; `over` when no more will come. */
async function readOnce(followed: Followed, place: { lastId: string }): Promise<number | 'over'> {
  const { open, onEvents, onState, signal } = followed
  const closed = new AbortController()
  const close = () => closed.abort()
  let timer = setTimeout(close, SILENCE_MS)
  let came = 0
  try {
    const response = await open(place.lastId, AbortSignal.any([signal, closed.signal]))
    if (response.status === 204 || !response.body) return 'over'
    onState({ is: 'open' })
    const read = eventReader()
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      clearTimeout(timer)
      timer = setTimeout(close, SILENCE_MS)
      const events = read(piece.value)
      if (events.length === 0) continue
      came += events.length
      place.lastId = events.findLast(({ id }) => id !== undefined)?.id ?? place.lastId
      const refused = events.findIndex(({ event }) => event === 'refused')
      onEvents(refused < 0 ? events : events.slice(0, refused))
      if (refused >= 0) throw refusalIn(events[refused]?.data)
      if (events.some(({ event }) => event === 'end')) return 'over'
    }
    return came
  } finally {
    clearTimeout(timer)
    close()
  }
}

function refusalIn(data: unknown) {
  const { status } = data as { readonly status: number }
  return refusalOf(status, data)
}

/** Neither a server that is away or overwhelmed, nor one that asks for patience. */
function isForGood(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}
