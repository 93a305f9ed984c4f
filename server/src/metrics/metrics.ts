/**
 * What the server counts about itself, for Prometheus.
 *
 * Owns: the instruments and their names. Does not own: when something is counted. A label is never the name of an
 * organization, a stack or a person: there may be many of them, and whoever reads metrics need not know them.
 */
import type { PublicationStatus } from '@daypass/contract/issuer-publication.ts'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ConnectionCounts, Queryable } from '../db/database.ts'
import { type QueueLengths, queueLengths } from './queue.sql.ts'

export interface Metrics {
  /** A runner got a deployment that was asked for so long ago. */
  claimed(waitedSeconds: number): void
  /** A deployment that a runner had. */
  ended(deployment: { readonly operation: string; readonly result: string }): void
  minted(purpose: string): void
  webhookAttempt(result: string): void
  gitDeliveryReceived(result: string): void
  gitDeliveryHandled(result: string): void
  /** By retention. */
  deletedAsOld(what: string, count: number): void
  answered(request: { method: string; route: string | undefined; status: number; seconds: number }): void
}

export interface MetricsSource {
  readonly db: Queryable & { connections(): ConnectionCounts }
  /** Whether the key that signs can be used. */
  readonly signer: { whyNotReady(): string | undefined }
}

export interface Registered extends Metrics {
  /** In Prometheus' text form. Looks at the queue, and says so when it cannot. */
  text(): Promise<string>
  readonly contentType: string
}

/** From "at once" to the week after which a deployment is skipped. */
const CLAIM_BUCKETS_SECONDS = [0.05, 0.25, 1, 5, 15, 60, 300, 1800, 7200, 86_400]
const ANSWER_BUCKETS_SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60]

/** @param withProcess Also memory, processor and the delay of the event loop: once in a process. */
export function createMetrics({ withProcess }: { readonly withProcess: boolean }): Registered & {
  /** The gauges that are looked up when somebody asks. */
  watch(source: MetricsSource): void
  /** Where the keys are published at a mirror. */
  watchPublication(status: () => Promise<PublicationStatus>): void
} {
  const register = new Registry()
  const registers = [register]
  if (withProcess) collectDefaultMetrics({ register })
  const claims = new Histogram({
    name: 'daypass_claim_wait_seconds',
    help: 'Time from the request of a deployment to its claim by a runner; its count is the number of claims.',
    buckets: CLAIM_BUCKETS_SECONDS,
    registers,
  })
  const ends = new Counter({
    name: 'daypass_deployments_ended_total',
    help: 'Deployments that a runner had and that have ended, by operation and result.',
    labelNames: ['operation', 'result'],
    registers,
  })
  const mints = new Counter({
    name: 'daypass_minted_tokens_total',
    help: 'Identity tokens issued.',
    labelNames: ['purpose'],
    registers,
  })
  const webhooks = new Counter({
    name: 'daypass_webhook_attempts_total',
    help: 'Attempts to deliver a webhook, by what came of them.',
    labelNames: ['result'],
    registers,
  })
  const gitReceived = new Counter({
    name: 'daypass_git_deliveries_received_total',
    help: 'Deliveries of git hosts: stored, known already, or refused for their signature.',
    labelNames: ['result'],
    registers,
  })
  const gitHandled = new Counter({
    name: 'daypass_git_deliveries_handled_total',
    help: 'Attempts to handle a delivery of a git host, by what came of them.',
    labelNames: ['result'],
    registers,
  })
  const deletions = new Counter({
    name: 'daypass_deleted_as_old_total',
    help: 'What retention has deleted, by what it is.',
    labelNames: ['what'],
    registers,
  })
  const requests = new Counter({
    name: 'daypass_http_requests_total',
    help: 'Answers, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'daypass_http_request_seconds',
    help: 'Time to an answer, by method and route. Long polls wait on purpose.',
    labelNames: ['method', 'route'],
    buckets: ANSWER_BUCKETS_SECONDS,
    registers,
  })
  return {
    contentType: register.contentType,
    text: () => register.metrics(),
    claimed: (waitedSeconds) => claims.observe(waitedSeconds),
    ended: ({ operation, result }) => ends.inc({ operation, result }),
    minted: (purpose) => mints.inc({ purpose }),
    webhookAttempt: (result) => webhooks.inc({ result }),
    gitDeliveryReceived: (result) => gitReceived.inc({ result }),
    gitDeliveryHandled: (result) => gitHandled.inc({ result }),
    deletedAsOld: (what, count) => deletions.inc({ what }, count),
    answered({ method, route = 'none', status, seconds }) {
      requests.inc({ method, route, status })
      durations.observe({ method, route }, seconds)
    },
    watch({ db, signer }) {
      watchQueue(register, db)
      watchConnections(register, db)
      watchSigner(register, signer)
    },
    watchPublication: (status) => watchPublication(register, status),
  }
}

function watchQueue(register: Registry, db: Queryable): void {
  const registers = [register]
  const up = new Gauge({
    name: 'daypass_database_up',
    help: '1 when the database answered this scrape; without it the lengths of the queues are left out.',
    registers,
  })
  const waiting = new Gauge({
    name: 'daypass_webhook_deliveries_waiting',
    help: 'Webhook deliveries and events that are still to be sent.',
    registers,
  })
  const gitWaiting = new Gauge({
    name: 'daypass_git_deliveries_waiting',
    help: 'Deliveries of git hosts that are still to be handled.',
    registers,
  })
  new Gauge({
    name: 'daypass_deployments',
    help: 'Deployments that have not ended, by state.',
    labelNames: ['state'],
    registers,
    async collect() {
      const lengths: QueueLengths | undefined = await queueLengths(db).catch(() => undefined)
      up.set(lengths ? 1 : 0)
      this.reset()
      waiting.set(lengths?.webhooks ?? Number.NaN)
      gitWaiting.set(lengths?.gitDeliveries ?? Number.NaN)
      for (const state of ['waiting', 'ready', 'accepted', 'running'] as const) {
        if (lengths) this.set({ state }, lengths[state])
      }
    },
  })
}

function watchSigner(register: Registry, signer: MetricsSource['signer']): void {
  new Gauge({
    name: 'daypass_signer_up',
    help: '1 when the key that signs tokens could be used a few seconds ago; 0 when no token can be issued.',
    registers: [register],
    collect() {
      this.set(signer.whyNotReady() === undefined ? 1 : 0)
    },
  })
}

function watchConnections(register: Registry, db: MetricsSource['db']): void {
  new Gauge({
    name: 'daypass_database_connections',
    help: 'Connections of the pool that are busy and idle, and requests that wait for one.',
    labelNames: ['state'],
    registers: [register],
    collect() {
      const { total, idle, waiting } = db.connections()
      this.set({ state: 'busy' }, total - idle)
      this.set({ state: 'idle' }, idle)
      this.set({ state: 'waiting' }, waiting)
    },
  })
}

function watchPublication(register: Registry, status: () => Promise<PublicationStatus>): void {
  const read = () => status().catch(() => undefined)
  new Gauge({
    name: 'daypass_keys_published',
    help: '1 while what we publish is seen at the mirror; at 0 no other key begins to sign.',
    registers: [register],
    async collect() {
      this.set((await read())?.state === 'published' ? 1 : 0)
    },
  })
  new Gauge({
    name: 'daypass_keys_seen_timestamp_seconds',
    help: 'When our keys were seen last at the mirror, in seconds since 1970; 0: never.',
    registers: [register],
    async collect() {
      const seenAt = (await read())?.seenAt
      this.set(seenAt === undefined ? 0 : Date.parse(seenAt) / 1000)
    },
  })
}
