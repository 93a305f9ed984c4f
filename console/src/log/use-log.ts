/** Follows the log of a deployment: each line once, over lost connections and restarts of the server. */
import type { LogStreamLine, LogStreamStep } from '@daypass/contract/log-stream.ts'
import { useEffect, useState } from 'react'
import type { StreamEvent } from '../live/events.ts'
import type { StreamState } from '../live/follow.ts'
import { followStream } from '../live/stream.ts'
import { EMPTY_LOG, type Log, withLines, withSteps } from './log.ts'

/** What comes so near together is drawn together. */
const GATHER_MS = 16

export interface FollowedLog {
  readonly log: Log
  readonly state: StreamState
  /** Why the deployment has not begun. */
  readonly waitsFor: string | undefined
}

const NOTHING: FollowedLog = { log: EMPTY_LOG, state: { is: 'connecting' }, waitsFor: undefined }

/** @param path of the stream, without the base path */
export function useLog(path: string): FollowedLog {
  const [followed, setFollowed] = useState(NOTHING)
  useEffect(() => {
    const gone = new AbortController()
    setFollowed(NOTHING)
    let waiting: StreamEvent[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const draw = () => {
      const events = waiting
      waiting = []
      timer = undefined
      setFollowed((before) => events.reduce(after, before))
    }
    void followStream({
      path,
      onEvents: (events) => {
        waiting.push(...events)
        timer ??= setTimeout(draw, GATHER_MS)
      },
      onState: (state) => setFollowed((before) => ({ ...before, state })),
      signal: gone.signal,
    })
    return () => {
      clearTimeout(timer)
      gone.abort()
    }
  }, [path])
  return followed
}

function after(before: FollowedLog, { event, data }: StreamEvent): FollowedLog {
  if (event === 'waiting') return { ...before, waitsFor: (data as { readonly message: string }).message }
  if (event === 'steps') {
    return { ...before, log: withSteps(before.log, data as LogStreamStep[]), waitsFor: undefined }
  }
  if (event === 'lines') return { ...before, log: withLines(before.log, data as LogStreamLine[]) }
  return before
}
