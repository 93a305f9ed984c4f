/** Reads what the engine said, page by page, and goes on while the update runs. */
import { useEffect, useState } from 'react'
import { read } from '../api/client.ts'
import { isRefusal } from '../api/refusal.ts'
import { type EngineEvent, NOTHING_TOLD, READ_TYPES, type Told, tell } from './events.ts'

const POLL_MS = 1_500
const RETRY_MS = 3_000
/** After so many a person is asked whether to read on: each holds a whole resource. */
const READ_AT_ONCE = 20_000

export interface FollowedEvents {
  readonly told: Told
  readonly read: number
  /** `paused`: there is more than anybody asked for. `refused`: the server says why there are none. */
  readonly state: 'reading' | 'paused' | 'complete' | 'refused'
  readonly message?: string
}

interface EventPage {
  readonly events: readonly EngineEvent[]
  readonly continuationToken: string | null
}

const NOTHING: FollowedEvents = { told: NOTHING_TOLD, read: 0, state: 'reading' }

/** @param path of the update, for example `api/stacks/acme/shop/dev/update/{id}` */
export function useEvents(path: string): { readonly followed: FollowedEvents; readonly readOn: () => void } {
  const [followed, setFollowed] = useState(NOTHING)
  const [wanted, setWanted] = useState(READ_AT_ONCE)
  useEffect(() => {
    const gone = new AbortController()
    void follow(path, wanted, gone.signal, setFollowed)
    return () => gone.abort()
  }, [path, wanted])
  return { followed, readOn: () => setWanted((before) => before * 5) }
}

async function follow(
  path: string,
  wanted: number,
  signal: AbortSignal,
  show: (followed: FollowedEvents) => void,
): Promise<void> {
  let followed = NOTHING
  let token: string | null = '0'
  const put = (change: Partial<FollowedEvents>) => {
    followed = { ...followed, ...change }
    if (!signal.aborted) show(followed)
  }
  put({})
  while (token !== null && !signal.aborted) {
    try {
      const query = new URLSearchParams(READ_TYPES.map((type) => ['type', type]))
      query.set('continuationToken', token)
      const page: EventPage = await read(`${path}/events?${query}`, { signal })
      const isWaiting = page.events.length === 0 && page.continuationToken === token
      token = page.continuationToken
      put({ told: tell(followed.told, page.events), read: followed.read + page.events.length })
      if (token !== null && followed.read >= wanted) return put({ state: 'paused' })
      if (isWaiting) await sleep(POLL_MS)
    } catch (error) {
      if (signal.aborted) return
      if (isRefusal(error) && error.status >= 400 && error.status < 500 && error.status !== 429)
        return put({ state: 'refused', message: error.message })
      await sleep(RETRY_MS)
    }
  }
  put({ state: 'complete' })
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
