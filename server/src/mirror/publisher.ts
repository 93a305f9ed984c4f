/**
 * Publishes at the mirror: at once when the documents are others, again on a schedule, and more often while it fails. Of
 * servers that share a database one does it at a time, by a lease that is longer than an attempt may take.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { PublicationStatus } from '@daypass/contract/issuer-publication.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import type { Issuer, MintedToken } from '../issuer/issuer.ts'
import { type KeyMirror, keysAreUnseen, keysWereSeen } from '../issuer/seen.ts'
import { Outage } from '../outage.ts'
import { startSweep } from '../sweep.ts'
import {
  type MirrorDocuments,
  mirrorDocuments,
  mirrorState,
  nextLookSeconds,
  nextTrySeconds,
  type PublicationFailure,
  PublishError,
} from './mirror.ts'
import { keptPlace, opener, requireUsable } from './open-place.ts'
import { type Published, publish } from './publish.ts'
import {
  giveBackPublisher,
  type Lease,
  type PublisherRow,
  readPublisher,
  recordFailed,
  recordSeen,
  takePublisher,
} from './publisher.sql.ts'
import type { MirrorTarget } from './target.ts'

export interface PublisherServices {
  readonly db: Database
  readonly issuer: Issuer
  /** Reads the keys anew: what is published is what the database has, never what we last heard of. */
  readonly reloadSigningKeys: () => Promise<void>
  readonly target: MirrorTarget
  readonly issuerUrl: string
  readonly keyRotation: { readonly leadSeconds: number; readonly maxAgeSeconds: number }
  readonly fetch: typeof globalThis.fetch
  readonly now: () => Date
  readonly random: () => number
  readonly randomUuid: () => string
  readonly log: {
    info(details: object, message: string): void
    warn(details: object, message: string): void
    error(details: object, message: string): void
  }
}

export interface Publisher extends KeyMirror {
  /** The keys may be others: they are published at once if they are. */
  readonly keysMayHaveChanged: () => void
  readonly documents: () => MirrorDocuments
  /** Resolves when an attempt in progress was cut short. */
  readonly stop: () => Promise<void>
}

const ATTEMPT_LIMIT_SECONDS = 40
/** Longer than an attempt, so that two never write at the same time. */
const LEASE_SECONDS = 60
const SLOWEST_SWEEP_SECONDS = 5
/** Both together, for whoever waits for the answer of a request: the CLI waits for 30 seconds. */
const WAIT_LIMIT_MS = 20_000
const OPEN_LIMIT_MS = 5_000
const ASK_AGAIN_MS = 250
const UNDER_WAY = {
  code: 'under_way',
  message: 'It takes long, and is not done yet. `daypass issuer keys` says what comes of it.',
}

/** @throws {StartRefusal} for what is wrong with the target and known before anything is written. */
export async function startPublisher(services: PublisherServices): Promise<Publisher> {
  const { db, issuer, target, keyRotation, log } = services
  await requireUsable(target)
  const stopping = new AbortController()
  const place = keptPlace(opener({ ...services, mint: passOf(issuer) }, target), services.now)
  const documents = (): MirrorDocuments => mirrorDocuments(issuer, keyRotation.maxAgeSeconds)
  let tried: string | undefined
  let last: Promise<unknown> = Promise.resolve()

  /** One at a time in this server. @returns False when nothing was due, or another server is at it. */
  function attempt(atOnce: boolean): Promise<boolean> {
    const mine = last.then(() => attemptNow(atOnce))
    last = mine.catch(() => {})
    return mine
  }

  async function attemptNow(atOnce: boolean): Promise<boolean> {
    if (stopping.signal.aborted) return false
    const lease: Lease = { target: target.shown, leaseId: services.randomUuid() }
    const asked = { leaseSeconds: LEASE_SECONDS, digest: documents().digest, atOnce }
    const before = await takePublisher(db, lease, asked)
    if (!before) return false
    try {
      await services.reloadSigningKeys()
      const current = documents()
      const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(ATTEMPT_LIMIT_SECONDS * 1000)])
      const options = {
        ...services,
        documents: current,
        leadSeconds: keyRotation.leadSeconds,
        open: place.open,
        signal,
        seenBefore: before.digest === current.digest && !atOnce,
      }
      let published = await publish(options)
      if (isPassRefused(published) && place.distrust()) published = await publish(options)
      if (!stopping.signal.aborted) await record(lease, before, current, published)
      tried = current.digest
    } finally {
      await giveBackPublisher(db, lease)
    }
    return true
  }

  async function record(
    lease: Lease,
    before: PublisherRow,
    current: MirrorDocuments,
    published: Published,
  ): Promise<void> {
    if (published.ok) return recordPublished(lease, before, current, published)
    const failure = withFirstStep(published.failure, before)
    const seconds = nextTrySeconds(before.failures + 1, services.random())
    const held = await db.transaction(async (tx) => {
      const isOurs = await recordFailed(tx, lease, current, { failure, nextTrySeconds: seconds })
      return isOurs ? keysAreUnseen(tx) : []
    })
    const details = { target: target.shown, code: failure.code, failures: before.failures + 1, held }
    log.warn(details, `The keys could not be published, so no other one begins to sign: ${failure.message}`)
  }

  async function recordPublished(
    lease: Lease,
    before: PublisherRow,
    current: MirrorDocuments,
    { seenBy, written }: Extract<Published, { ok: true }>,
  ): Promise<void> {
    const { leadSeconds } = keyRotation
    const seconds = nextLookSeconds(leadSeconds, services.random())
    const kids = await db.transaction(async (tx) => {
      if (!(await recordSeen(tx, lease, current, { by: seenBy, nextLookSeconds: seconds }))) return []
      if (before.digest !== current.digest || written.length > 0) {
        const details = { digest: current.digest, kids: current.kids, written }
        await recordAudit(tx, {
          organizationId: null,
          actor: 'daypass',
          action: 'issuer.published',
          target: target.shown,
          details,
        })
      }
      return keysWereSeen(tx, current.kids, leadSeconds)
    })
    const isNews = written.length > 0 || kids.length > 0 || before.failures > 0
    if (isNews) log.info({ target: target.shown, seenBy, written, kids }, 'The keys are published.')
  }

  async function sweep(): Promise<void> {
    try {
      await attempt(false)
    } catch (error) {
      log.error({ err: error }, 'The keys could not be published; trying again.')
    }
  }

  async function publishNow(): Promise<PublicationStatus> {
    const limit = AbortSignal.timeout(WAIT_LIMIT_MS)
    const cut = sleep(WAIT_LIMIT_MS, false, { ref: false })
    while (!limit.aborted) {
      if (await Promise.race([attempt(true), cut])) return status()
      await sleep(ASK_AGAIN_MS)
    }
    return { ...(await status()), state: 'failing', failure: UNDER_WAY }
  }

  async function status(): Promise<PublicationStatus> {
    return statusOf(target, await readPublisher(db, target.shown))
  }

  const sweeps = startSweep(sweep, Math.min(SLOWEST_SWEEP_SECONDS, keyRotation.leadSeconds / 8))
  return {
    documents,
    publishNow,
    status,
    keysMayHaveChanged() {
      if (documents().digest !== tried) void sweep()
    },
    async prepare() {
      const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(OPEN_LIMIT_MS)])
      // Whatever it is, it must not keep a lost key from being revoked.
      await place.open(signal).catch((error: unknown) => {
        const { message } =
          error instanceof PublishError ? error : { message: 'The mirror could not be opened.' }
        log.warn({ target: target.shown, err: error }, message)
      })
    },
    async stop() {
      stopping.abort()
      await sweeps.stop()
      await last
    },
  }
}

function isPassRefused(published: Published): boolean {
  return !published.ok && isUnbelieved(published.failure)
}

function isUnbelieved({ code, status }: PublicationFailure): boolean {
  return code === 'pass_refused' || status === 401 || status === 403
}

/** Without a holder of the keys there is no pass, and nobody knows what the mirror holds. */
function passOf(issuer: Issuer): (audience: string) => Promise<MintedToken> {
  return (audience) =>
    issuer.mintForPublication(audience).catch((error: unknown) => {
      if (error instanceof Outage) throw new PublishError('pass_not_issued', error.sentence)
      throw error
    })
}

/** A cloud that never saw our keys cannot believe the token which would let us write them. */
function withFirstStep(failure: PublicationFailure, before: PublisherRow): PublicationFailure {
  if (before.seenAt !== null || !isUnbelieved(failure)) return failure
  const step =
    'Nothing was ever seen there: upload the first two documents by hand, `daypass issuer publish --print` shows them and where they go.'
  return { ...failure, message: `${failure.message} ${step}` }
}

function statusOf({ shown }: MirrorTarget, row: PublisherRow | undefined): PublicationStatus {
  if (!row) return { target: shown, state: 'never' }
  const { seenAt, seenBy, failingSince, failure, failureCode, publishedAt, dueAt } = row
  return {
    target: shown,
    state: mirrorState(row),
    ...(publishedAt && { publishedAt: publishedAt.toISOString() }),
    ...(seenAt && { seenAt: seenAt.toISOString() }),
    ...(seenBy && { seenBy }),
    ...(failingSince && { failingSince: failingSince.toISOString() }),
    ...(failure !== null && failureCode !== null && { failure: { code: failureCode, message: failure } }),
    nextLookAt: dueAt.toISOString(),
  }
}
