/**
 * Handles what is due, some at a time. No git host gets more than its share of the places, so that one which answers slowly
 * holds up itself.
 */
import type { Database } from '../db/database.ts'
import type { Listener } from '../db/listen.ts'
import { HostUnavailable } from '../git-hosts/adapter.ts'
import { noteHealth } from '../git-hosts/health.ts'
import { startLooks } from '../looks.ts'
import { DELIVERIES_CHANNEL } from './delivery.sql.ts'
import { type Handled, type HandleEvent, MOST_ATTEMPTS, retrySeconds } from './delivery.ts'
import { type DueDelivery, LEASE_SECONDS, putBack, recordOutcome, renewLease, takeDue } from './due.sql.ts'
import { type ReadServices, readStored } from './read-stored.ts'

export interface WorkServices extends ReadServices {
  readonly db: Database
  readonly listener: Listener
  readonly now: () => Date
  readonly random: () => number
  readonly handle: HandleEvent
  readonly log: {
    warn(details: object, message: string): void
    error(details: object, message: string): void
  }
  /** Told of each attempt. */
  readonly onHandled?: (result: 'handled' | 'try-again' | 'given-up') => void
  /** Seconds between looks without a reason; only tests go faster. */
  readonly sweepSeconds?: number
}

export interface GitWork {
  /** Resolves when nothing is under way; what was not begun is handled by the next server. */
  stop(): Promise<void>
}

const SWEEP_SECONDS = 5
const PLACES = 12
const PLACES_OF_HOST = 8

export function startGitWork(services: WorkServices): GitWork {
  const { db, listener, log, sweepSeconds = SWEEP_SECONDS } = services
  const underWay = new Map<DueDelivery, Promise<void>>()
  let stopped = false
  async function look(): Promise<void> {
    while (!stopped && underWay.size < PLACES) {
      const due = await takeDue(db, roomBeside([...underWay.keys()]))
      for (const delivery of due) begin(delivery)
      if (due.length === 0) return
    }
  }

  function begin(delivery: DueDelivery): void {
    const renewal = setInterval(
      () => {
        // Whoever cannot renew it is perhaps not the only one at work any more; what is deployed is deployed once anyway.
        renewLease(db, delivery).catch(() => {})
      },
      (LEASE_SECONDS / 4) * 1000,
    )
    const work = (stopped ? putBack(db, delivery) : handleOne(services, delivery))
      // It stays taken until its time is over, and is then handled again.
      .catch((error: unknown) =>
        log.error({ err: error, deliveryId: delivery.id }, 'A delivery of a git host failed here.'),
      )
      .finally(() => {
        clearInterval(renewal)
        underWay.delete(delivery)
        looks.wake()
      })
    underWay.set(delivery, work)
  }

  const looks = startLooks({
    listener,
    channel: DELIVERIES_CHANNEL,
    seconds: sweepSeconds,
    look,
    onError: (error) =>
      log.error({ err: error }, 'Deliveries of git hosts could not be looked at; trying again.'),
  })
  return {
    async stop() {
      stopped = true
      await looks.stop()
      await Promise.all(underWay.values())
    },
  }
}

function roomBeside(underWay: readonly DueDelivery[]): Parameters<typeof takeDue>[1] {
  const ofHosts = [...Map.groupBy(underWay, ({ hostId }) => hostId)]
  const busyHosts = ofHosts.filter(([, some]) => some.length >= PLACES_OF_HOST).map(([hostId]) => hostId)
  return { limit: Math.min(PLACES - underWay.length, 4), perHost: 2, busyHosts }
}

async function handleOne(services: WorkServices, delivery: DueDelivery): Promise<void> {
  const { db, log, now, random, onHandled } = services
  const { handled, resetAt } = await attempt(services, delivery)
  const isLast = handled.tryAgain && delivery.attempts >= MOST_ATTEMPTS
  const result = !handled.tryAgain ? 'handled' : isLast ? 'given-up' : 'try-again'
  const untilReset = resetAt && (resetAt.getTime() - now().getTime()) / 1000
  const seconds = Math.max(untilReset ?? 0, retrySeconds(delivery.attempts, random))
  const { outcome } = handled
  await recordOutcome(db, delivery, outcome, result === 'try-again' ? seconds : undefined)
  await noteHealth(db, delivery.hostId, outcome.problem)
  onHandled?.(result)
  if (result === 'handled') return
  const details = { deliveryId: delivery.id, hostId: delivery.hostId, attempts: delivery.attempts }
  log.warn(
    details,
    isLast ? 'A delivery of a git host was given up.' : 'A delivery of a git host is handled again later.',
  )
}

interface Attempted {
  readonly handled: Handled
  /** The host said when it answers again. */
  readonly resetAt: Date | undefined
}

async function attempt(services: WorkServices, delivery: DueDelivery): Promise<Attempted> {
  const { handle } = services
  const { hostId, organizationId, receivedAt } = delivery
  const read = await readStored(services, delivery)
  if ('ignored' in read) return { handled: { outcome: read, tryAgain: false }, resetAt: undefined }
  const all: Handled[] = []
  try {
    for (const event of read) all.push(await handle({ hostId, organizationId, receivedAt }, event))
  } catch (error) {
    if (!(error instanceof HostUnavailable)) throw error
    const { message, resetAt } = error
    return { handled: { outcome: { ...merged(all).outcome, problem: message }, tryAgain: true }, resetAt }
  }
  return { handled: merged(all), resetAt: undefined }
}

/** A delivery has one event almost always. */
function merged(all: readonly Handled[]): Handled {
  const [first] = all
  if (first !== undefined && all.length === 1) return first
  const stacks = all.flatMap(({ outcome }) => outcome.stacks ?? [])
  const problem = all.map(({ outcome }) => outcome.problem).find((one) => one !== undefined)
  return {
    outcome: { stacks, ...(problem !== undefined && { problem }) },
    tryAgain: all.some(({ tryAgain }) => tryAgain),
  }
}
