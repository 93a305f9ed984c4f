/** Follows the log of a deployment: each line once, over lost connections and restarts of the server. */
import { useEffect, useState } from 'react'
import { read } from '../api/client.ts'
import { isRefusal } from '../api/refusal.ts'
import { append, EMPTY_LOG, type Log, type TailLine } from './log.ts'

const RETRY_MS = 1_000

export interface FollowedLog {
  readonly log: Log
  /** `waiting`: the connection is lost and is tried again; `refused`: the server says why there is no log. */
  readonly state: 'reading' | 'waiting' | 'complete' | 'refused'
  readonly message?: string
}

interface Tail {
  readonly lines: readonly TailLine[]
  /** Where to read on; absent when everything was read and nothing will come. */
  readonly nextToken?: string
}

/** @param path of the deployment, for example `api/stacks/acme/shop/dev/deployments/{id}` */
export function useLog(path: string): FollowedLog {
  const [followed, setFollowed] = useState<FollowedLog>({ log: EMPTY_LOG, state: 'reading' })
  useEffect(() => {
    const gone = new AbortController()
    setFollowed({ log: EMPTY_LOG, state: 'reading' })
    void follow(path, gone.signal, setFollowed)
    return () => gone.abort()
  }, [path])
  return followed
}

type Tell = (change: (before: FollowedLog) => FollowedLog) => void

/** The server holds each answer until there is more, so that asking again at once costs nothing. */
async function follow(path: string, signal: AbortSignal, tell: Tell): Promise<void> {
  let token: string | undefined = ''
  while (token !== undefined && !signal.aborted) {
    try {
      const query: string = token === '' ? '' : `?${new URLSearchParams({ continuationToken: token })}`
      const tail: Tail = await read(`${path}/logs${query}`, { signal })
      token = tail.nextToken || undefined
      const state = token === undefined ? 'complete' : 'reading'
      tell(({ log }) => ({ log: append(log, tail.lines), state }))
    } catch (error) {
      if (signal.aborted) return
      const message = error instanceof Error ? error.message : String(error)
      if (isRefusal(error) && error.status >= 400 && error.status < 500 && error.status !== 429) {
        return tell(({ log }) => ({ log, state: 'refused', message }))
      }
      tell(({ log }) => ({ log, state: 'waiting', message }))
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}
