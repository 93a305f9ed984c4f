/** Notifications of changed deployments, shared out to those who watch an organization. One subscription serves all. */
import type { Listener } from '../db/listen.ts'
import { CHANGED_CHANNEL } from './changes.sql.ts'

/** More are told as "everything": whoever reads so slowly reads it all again. */
const MOST_WAITING = 1_000

export interface Inbox {
  /** What came since the last time; at first, that anything may have. */
  take(): { readonly ids: readonly string[]; readonly isMissed: boolean }
  /** Until there is something. @returns Whether there is. */
  wait(ms: number, ended: AbortSignal): Promise<boolean>
  rest(ms: number, ended: AbortSignal): Promise<void>
  close(): void
}

interface Box {
  ids: Set<string>
  isMissed: boolean
  wake: () => void
}

export function watchChanges(listener: Listener): {
  open(organizationId: string): Inbox
  close(): void
} {
  const boxes = new Map<string, Set<Box>>()
  const onChange = (payload: string): void => {
    const [organizationId = '', id = ''] = payload.split(' ')
    for (const box of boxes.get(organizationId) ?? []) {
      if (box.ids.size < MOST_WAITING) box.ids.add(id)
      else box.isMissed = true
      box.wake()
    }
  }
  const onMissed = (): void => {
    for (const set of boxes.values())
      for (const box of set) {
        box.isMissed = true
        box.wake()
      }
  }
  const subscriptions = [listener.subscribe(CHANGED_CHANNEL, onChange), listener.onReconnect(onMissed)]
  return {
    open(organizationId) {
      const box: Box = { ids: new Set(), isMissed: true, wake: () => {} }
      const set = boxes.get(organizationId) ?? new Set()
      boxes.set(organizationId, set.add(box))
      return {
        take() {
          const { ids, isMissed } = box
          box.ids = new Set()
          box.isMissed = false
          return { ids: [...ids], isMissed }
        },
        async wait(ms, ended) {
          const isThere = () => box.ids.size > 0 || box.isMissed
          if (!isThere()) await pause(ms, ended, (wake) => (box.wake = wake))
          box.wake = () => {}
          return isThere()
        },
        rest: (ms, ended) => pause(ms, ended, () => {}),
        close() {
          set.delete(box)
          if (set.size === 0 && boxes.get(organizationId) === set) boxes.delete(organizationId)
        },
      }
    },
    close() {
      for (const off of subscriptions) off()
    },
  }
}

async function pause(ms: number, ended: AbortSignal, onStart: (wake: () => void) => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  const stop = (): void => resolve()
  ended.addEventListener('abort', stop, { once: true })
  if (ended.aborted) resolve()
  onStart(resolve)
  await promise
  clearTimeout(timer)
  ended.removeEventListener('abort', stop)
}
