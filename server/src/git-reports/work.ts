/**
 * Says what is due, on each host in order, on several hosts at once: one that is slow, or takes no more requests for now,
 * holds up itself.
 */
import type { Listener } from '../db/listen.ts'
import { HostUnavailable, isHostRefusal } from '../git-hosts/adapter.ts'
import { type DueReport, hostsWithDueReports, recordFailure, recordSaid, takeDueReport } from './due.sql.ts'
import { MOST_ATTEMPTS, REPORTS_CHANNEL, retrySeconds } from './git-report.ts'
import { type SayServices, say } from './say.ts'

export interface ReportServices extends SayServices {
  readonly listener: Listener
  readonly now: () => Date
  readonly random: () => number
  readonly log: {
    warn(details: object, message: string): void
    error(details: object, message: string): void
  }
  /** Seconds between looks without a reason; only tests go faster. */
  readonly sweepSeconds?: number
}

export interface Reports {
  /** Resolves when nothing is being said; the next server says the rest. */
  stop(): Promise<void>
}

const SWEEP_SECONDS = 5
/** A comment waits a second for others of its pull request, and nobody says when that is over. */
const LOOK_AGAIN_MS = 1100

export function startReports(services: ReportServices): Reports {
  const { db, listener, log, sweepSeconds = SWEEP_SECONDS } = services
  const lanes = new Map<string, Promise<void>>()
  const pausedUntil = new Map<string, Date>()
  let stopped = false
  let looking: Promise<void> | undefined
  let again = false
  let later: NodeJS.Timeout | undefined

  /** One look at a time; whoever asks during one gets another after it. */
  function wake(): void {
    if (stopped) return
    if (looking) {
      again = true
      return
    }
    again = false
    looking = look()
      .catch((error: unknown) =>
        log.error({ err: error }, 'Reports to git hosts could not be looked at; trying again.'),
      )
      .finally(() => {
        looking = undefined
        if (again) wake()
      })
  }

  function onReport(): void {
    wake()
    clearTimeout(later)
    later = setTimeout(wake, LOOK_AGAIN_MS)
    later.unref()
  }

  async function look(): Promise<void> {
    for (const hostId of await hostsWithDueReports(db)) {
      const until = pausedUntil.get(hostId)
      if (stopped || lanes.has(hostId) || (until && until > services.now())) continue
      pausedUntil.delete(hostId)
      const lane = sayAll(hostId)
        .catch((error: unknown) => log.error({ err: error, hostId }, 'Reports to a git host failed here.'))
        .finally(() => lanes.delete(hostId))
      lanes.set(hostId, lane)
    }
  }

  async function sayAll(hostId: string): Promise<void> {
    while (!stopped) {
      const due = await takeDueReport(db, hostId)
      if (due === undefined) return
      const resetAt = await attempt(services, due)
      if (resetAt === undefined) continue
      pausedUntil.set(hostId, resetAt)
      return
    }
  }

  const subscriptions = [listener.subscribe(REPORTS_CHANNEL, onReport), listener.onReconnect(wake)]
  const timer = setInterval(wake, sweepSeconds * 1000)
  timer.unref()
  wake()
  return {
    async stop() {
      stopped = true
      for (const off of subscriptions) off()
      clearInterval(timer)
      clearTimeout(later)
      await looking
      await Promise.all(lanes.values())
    },
  }
}

/** @returns When to come back to a host that answers nothing now. */
async function attempt(services: ReportServices, due: DueReport): Promise<Date | undefined> {
  const { db, log, now, random } = services
  try {
    const said = await say(services, due)
    if (!isHostRefusal(said)) {
      await recordSaid(db, due, said.commentId)
      return undefined
    }
    // Nothing changes by asking again: with the next change of the deployment it is tried anew.
    await recordFailure(db, due, said.sentence, undefined)
    log.warn(
      { hostId: due.hostId, report: due.kind, reason: said.code },
      'A git host took no report of ours.',
    )
    return undefined
  } catch (error) {
    if (!(error instanceof HostUnavailable)) throw error
    const isLast = due.attempts >= MOST_ATTEMPTS
    const seconds = retrySeconds(due.attempts, random)
    const back = new Date(Math.max(error.resetAt?.getTime() ?? 0, now().getTime() + seconds * 1000))
    await recordFailure(
      db,
      due,
      error.message,
      isLast ? undefined : (back.getTime() - now().getTime()) / 1000,
    )
    if (isLast) log.warn({ hostId: due.hostId, report: due.kind }, 'A report to a git host was given up.')
    return back
  }
}
