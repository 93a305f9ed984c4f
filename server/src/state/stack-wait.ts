/**
 * A deployment that meets somebody's laptop holding its stack waits for it; a person is told at once and decides.
 *
 * The wait is inside the start of the update, which the CLI sends when it has created the update and answers without a
 * timeout of its own. Proxies have one, often of a minute, so every answer comes before that: a redirect to the same
 * call, which the CLI's HTTP client follows with method, body and token. It follows ten requests at most; the last one
 * waits for what is left. Who holds the stack is said when the update is created, as a warning that the CLI prints.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Database } from '../db/database.ts'
import { isRefusal } from '../refuse.ts'
import { beginWaiting, giveUpWaiting } from './stack-wait.sql.ts'
import { selectHolder } from './update.sql.ts'
import { holderSentence, STACK_IS_HELD } from './update.ts'

/** How often a waiting start may be answered by "ask again". */
export const MOST_REDIRECTS = 9
/** Shorter than a proxy's usual patience. */
const LONGEST_ANSWER_SECONDS = 55
/** Looks at one row of a unique index. */
const LOOK_MS = 1_000

export interface WaitingStart<Started> {
  readonly stackId: string
  readonly updateId: string
  /** How often this start was answered by "ask again" before. */
  readonly redirects: number
  /** The client has left. */
  readonly gone: AbortSignal
  readonly start: () => Promise<Started | Refusal>
}

export interface StackWaits {
  startWhenFree<Started>(call: WaitingStart<Started>): Promise<Started | Refusal | 'ask again'>
  /** What to tell a deployment that is about to start an update, when it will have to wait. */
  warningFor(stackId: string): Promise<string | undefined>
  /** Ends all waits, for the server stops. */
  close(): void
}

export function stackWaits(db: Database, longestSeconds: number): StackWaits {
  const closing = new AbortController()
  const answerSeconds = Math.min(LONGEST_ANSWER_SECONDS, longestSeconds / (MOST_REDIRECTS + 1))
  return {
    async startWhenFree({ stackId, updateId, redirects, gone, start }) {
      let latest = await start()
      if (!isHeld(latest)) return latest
      const seconds = await beginWaiting(db, updateId, longestSeconds)
      const isLast = redirects >= MOST_REDIRECTS || seconds <= answerSeconds
      const answerAt = performance.now() + (isLast ? seconds : answerSeconds) * 1000
      const signal = AbortSignal.any([gone, closing.signal])
      while (!signal.aborted && performance.now() < answerAt) {
        const left = answerAt - performance.now()
        await sleep(Math.min(LOOK_MS, Math.max(left, 0)), undefined, { signal }).catch(() => {})
        if (signal.aborted || (await selectHolder(db, stackId))) continue
        latest = await start()
        if (!isHeld(latest)) return latest
      }
      if (!isLast && !signal.aborted) return 'ask again'
      await giveUpWaiting(db, updateId)
      return waitedInVain(latest, longestSeconds, closing.signal.aborted)
    },

    async warningFor(stackId) {
      const holder = longestSeconds > 0 ? await selectHolder(db, stackId) : undefined
      return holder && `${holderSentence(holder)} Waiting for it, for up to ${inWords(longestSeconds)}.`
    },

    close: () => closing.abort(),
  }
}

function isHeld(result: unknown): result is Refusal {
  return isRefusal(result) && result.reason === STACK_IS_HELD
}

function waitedInVain(refusal: Refusal, longestSeconds: number, serverStops: boolean): Refusal {
  if (longestSeconds === 0) return refusal
  const end = serverStops
    ? 'The server stopped meanwhile; run it again.'
    : `Waited ${inWords(longestSeconds)} for it.`
  return { ...refusal, message: `${refusal.message} ${end}` }
}

function inWords(seconds: number): string {
  if (seconds % 60 !== 0 || seconds === 0) return `${seconds} seconds`
  return seconds === 60 ? 'a minute' : `${seconds / 60} minutes`
}
