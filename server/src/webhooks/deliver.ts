/**
 * Sends what is due, some at a time. No receiver and no organization gets more than its share of the places, so that a
 * slow receiver holds up itself; a place is taken for `SEND_SECONDS` at most.
 */
import type { Database } from '../db/database.ts'
import type { Listener } from '../db/listen.ts'
import type { RequestServices } from '../deployments/request.ts'
import { startLooks } from '../looks.ts'
import { OUTBOX_CHANNEL } from '../outbox/event.ts'
import { MasterKeyError } from '../secrets/master-key.ts'
import type { StackSecrets } from '../secrets/stack-secrets.ts'
import { type DueDelivery, putBack, recordAttempt, takeDue } from './due.sql.ts'
import { type SendServices, type Sent, send } from './send.ts'
import { type SpreadServices, spreadEvents } from './spread.ts'
import { deployTarget } from './target.ts'
import { MOST_ATTEMPTS, retrySeconds } from './webhook.ts'

export interface HookSecrets {
  readonly secrets: StackSecrets
  readonly organizationSecrets: StackSecrets
}

export interface DeliveryServices extends SendServices, SpreadServices, HookSecrets, RequestServices {
  readonly db: Database
  readonly listener: Listener
  readonly random: () => number
  readonly log: {
    warn(details: object, message: string): void
    error(details: object, message: string): void
  }
  /** Told of each attempt. */
  readonly onAttempt?: (result: Sent['result'] | 'given-up') => void
  /** Seconds between looks without a reason; only tests go faster. */
  readonly sweepSeconds?: number
}

export interface Deliveries {
  /** Resolves when nothing is under way; what was being sent is sent by the next server. */
  stop(): Promise<void>
}

const SWEEP_SECONDS = 5
const PLACES = 24
const PLACES_OF_ORGANIZATION = 12
const PLACES_OF_RECEIVER = 3

export function startDeliveries(services: DeliveryServices): Deliveries {
  const { db, listener, log, sweepSeconds = SWEEP_SECONDS } = services
  const underWay = new Map<DueDelivery, Promise<void>>()
  const stopping = new AbortController()
  async function look(): Promise<void> {
    while (!stopping.signal.aborted && (await spreadEvents(services)));
    while (!stopping.signal.aborted && underWay.size < PLACES) {
      const due = await takeDue(db, roomBeside([...underWay.keys()]))
      for (const delivery of due) begin(delivery)
      if (due.length === 0) return
    }
  }

  function begin(delivery: DueDelivery): void {
    const work = deliver(services, delivery, stopping.signal)
      // It stays taken until its time is over, and is then sent again.
      .catch((error: unknown) =>
        log.error({ err: error, deliveryId: delivery.id }, 'A delivery of a webhook failed here.'),
      )
      .finally(() => {
        underWay.delete(delivery)
        looks.wake()
      })
    underWay.set(delivery, work)
  }

  const looks = startLooks({
    listener,
    channel: OUTBOX_CHANNEL,
    seconds: sweepSeconds,
    look,
    onError: (error) => log.error({ err: error }, 'Webhooks could not be looked at; trying again.'),
  })
  return {
    async stop() {
      stopping.abort()
      await looks.stop()
      await Promise.all(underWay.values())
    },
  }
}

function roomBeside(underWay: readonly DueDelivery[]): Parameters<typeof takeDue>[1] {
  const receivers = Map.groupBy(underWay, ({ receiver }) => receiver)
  const organizations = Map.groupBy(underWay, ({ organizationId }) => organizationId)
  const full = (groups: ReadonlyMap<string, readonly DueDelivery[]>, places: number): string[] =>
    [...groups].flatMap(([id, group]) => (group.length >= places ? [id] : []))
  return {
    // Fewer than there is room for: one look does not give all places to whom it finds first.
    limit: Math.min(PLACES - underWay.length, PLACES_OF_RECEIVER),
    perWebhook: 1,
    busyReceivers: full(receivers, PLACES_OF_RECEIVER),
    busyOrganizations: full(organizations, PLACES_OF_ORGANIZATION),
  }
}

async function deliver(
  services: DeliveryServices,
  delivery: DueDelivery,
  signal: AbortSignal,
): Promise<void> {
  const { db, log, now, random, onAttempt } = services
  const sentAt = now()
  if (delivery.format === 'pulumi_deployments') return deploy(services, delivery, sentAt)
  const secret = await secretOf(services, delivery)
  if (secret === 'unreadable' || delivery.attempts > MOST_ATTEMPTS) {
    const sentence = secret === 'unreadable' ? UNREADABLE : 'Each server that sent it has died with it.'
    log.error({ webhookId: delivery.webhookId, deliveryId: delivery.id }, sentence)
    onAttempt?.('given-up')
    await recordAttempt(db, delivery, sentAt, { ...NOTHING_SENT, responseBody: sentence }, undefined)
    return
  }
  const sent = await send(services, { ...delivery, secret }, signal)
  if (sent.result === 'aborted') return putBack(db, delivery)
  const isLast = sent.result === 'try-again' && delivery.attempts >= MOST_ATTEMPTS
  const again = sent.result === 'try-again' && !isLast ? retrySeconds(delivery.attempts, random) : undefined
  await recordAttempt(db, delivery, sentAt, sent, again)
  onAttempt?.(isLast ? 'given-up' : sent.result)
  if (sent.result === 'arrived') return
  const { id: deliveryId, webhookId, attempts } = delivery
  // Neither its URL nor what it answered: both may hold what a log should not.
  const details = { deliveryId, webhookId, attempts, status: sent.responseCode }
  log.warn(details, again === undefined ? 'A webhook was given up.' : 'A webhook is sent again later.')
}

async function deploy(services: DeliveryServices, delivery: DueDelivery, sentAt: Date): Promise<void> {
  const { result } = await services.db.transaction(async (tx) => {
    const sent = await deployTarget(tx, services, delivery)
    if (!(await recordAttempt(tx, delivery, sentAt, sent, undefined))) throw new Error(TAKEN)
    return sent
  })
  services.onAttempt?.(result)
}

const TAKEN = 'Another server has taken this delivery; nothing is deployed twice.'

export const UNREADABLE =
  'The secret of this webhook does not open: the master key of the server is not the one that it was saved with. Save the secret again.'
const NOTHING_SENT = {
  durationMs: 0,
  requestUrl: '',
  requestHeaders: '',
  responseCode: 0,
  responseHeaders: '',
}

/** Undefined: it has none. */
export async function secretOf(
  { db, secrets, organizationSecrets }: HookSecrets & Pick<DeliveryServices, 'db'>,
  hook: Pick<DueDelivery, 'organizationId' | 'stackId' | 'sealedSecret'>,
): Promise<Buffer | undefined | 'unreadable'> {
  const { sealedSecret, organizationId, stackId } = hook
  if (sealedSecret === null) return undefined
  try {
    const opened =
      stackId === null
        ? await organizationSecrets.open(db, organizationId, 'webhook', sealedSecret)
        : await secrets.open(db, stackId, 'webhook', sealedSecret)
    return opened ?? 'unreadable'
  } catch (error) {
    if (error instanceof MasterKeyError) return 'unreadable'
    throw error
  }
}
