/**
 * Engine events: what an update did, for those who watch it and for its history.
 *
 * Owns: an event's text, stored as it came but for our own tokens and the deployment's credentials, how much of it is kept, and the order in which it is read. The client sends
 * batches in parallel, out of order and twice, numbers the events from 0, and gives up on a batch that fails; readers
 * want them in order and without an end before the end.
 */
import { setImmediate } from 'node:timers/promises'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Database, Queryable } from '../db/database.ts'
import type { Matcher } from '../fingerprints/matcher.ts'
import { type IsOurKid, withoutCredentials, withoutOurTokens } from './blot.ts'
import { aboutEvent, type EventFilter } from './event-kind.ts'
import {
  bytesOfEvents,
  fillEvents,
  insertEvents,
  type NewEvent,
  saveResourceChanges,
  selectEvents,
} from './events.sql.ts'
import { elementsOf, isObject, JsonTextError, membersOf, type Span, textOf } from './json-span.ts'
import { type LeaseCall, withLease } from './lease.ts'
import { UPDATE_EVENTS_FLAG } from './limits.ts'

export interface EventBatch {
  readonly events: readonly NewEvent[]
  /** From the summary at the end, when the batch has it: how many resources were created, and so on. */
  readonly resourceChanges: Readonly<Record<string, number>> | undefined
}

/** What is kept of one event: looking for tokens in more would hold everybody else up for too long. */
export const LARGEST_EVENT_BYTES = 4 * 1024 * 1024
/** After so much of a batch it is somebody else's turn. */
const READ_AT_ONCE_BYTES = 1024 * 1024

/** No number of an event is larger. */
const LARGEST_SEQUENCE = 2 ** 31 - 1

/** What must not be stored for people to read. */
export interface Hidden {
  readonly isOurKid: IsOurKid
  /** Finds the credentials of the deployment that makes the update. */
  readonly credentials: Matcher
}

export async function readEvents(body: Buffer, hidden: Hidden): Promise<EventBatch | Refusal> {
  const shown = (text: string): string =>
    withoutCredentials(withoutOurTokens(text, hidden.isOurKid), hidden.credentials)
  try {
    const list = membersOf(body).get('events')
    if (!list) return malformed('it needs a list "events"')
    const spans = elementsOf(body, list)
    if (spans.some((span) => !isObject(body, span))) return malformed('an event must be an object')
    const bySequence = new Map<number, NewEvent>()
    let resourceChanges: EventBatch['resourceChanges']
    let pausedAt = 0
    for (const span of spans) {
      if (span.end - pausedAt > READ_AT_ONCE_BYTES) {
        await setImmediate()
        pausedAt = span.start
      }
      const members = membersOf(body, span)
      const sequence = numberAt(body, members.get('sequence'))
      if (sequence === undefined) return malformed('each event needs its "sequence", counted from 0')
      if (span.end - span.start > LARGEST_EVENT_BYTES) {
        bySequence.set(sequence, notice(sequence, EVENT_TOO_LARGE))
      } else {
        const event = { sequence, body: shown(textOf(body, span)) }
        bySequence.set(sequence, { ...event, ...aboutEvent(body, members) })
      }
      resourceChanges = changesIn(body, members.get('summaryEvent')) ?? resourceChanges
    }
    return { events: [...bySequence.values()], resourceChanges }
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error
    return { status: 400, reason: 'malformed_body', message: error.message }
  }
}

/**
 * An event that was stored before stays as it was: somebody may have read it. What comes after the update, or its
 * deployment, has stored its share is dropped, with one sentence in its place; the counts of the summary are kept.
 */
export async function saveEvents(
  db: Database,
  call: LeaseCall,
  { events, resourceChanges }: EventBatch,
  largestBytes: number,
): Promise<Refusal | undefined> {
  return withLease(db, call, async (tx, { id }) => {
    const { stored, full } = await bytesOfEvents(tx, id)
    const coming = events.reduce((bytes, { body }) => bytes + Buffer.byteLength(body), 0)
    if (stored + coming <= largestBytes && !full) await insertEvents(tx, id, events)
    else if (!full)
      await fillEvents(
        tx,
        id,
        events.map(({ sequence }) => notice(sequence, eventsFull(largestBytes))),
      )
    if (resourceChanges) await saveResourceChanges(tx, id, resourceChanges)
    return undefined
  })
}

function eventsFull(largestBytes: number): string {
  const limit = `${largestBytes / 1024 / 1024} MB (${UPDATE_EVENTS_FLAG})`
  return `The events of this update have reached ${limit}; what follows is not kept.`
}

const EVENT_TOO_LARGE = `An event of more than ${LARGEST_EVENT_BYTES / 1024 / 1024} MB stood here; it is not kept.`

/** Our own sentence, in the place of what is not kept. */
function notice(sequence: number, sentence: string): NewEvent {
  const diagnosticEvent = { message: `${sentence}\n`, color: 'never', severity: 'warning' }
  const body = JSON.stringify({ sequence, timestamp: 0, diagnosticEvent })
  return { sequence, body, type: 'diagnosticEvent', urn: undefined, op: undefined }
}

export interface EventPage {
  /** JSON texts. */
  readonly events: readonly string[]
  /** Null only when the update has ended and everything was read: the reader stops there. */
  readonly continuationToken: string | null
}

const PAGE_EVENTS = 1_000
/** And the event that goes beyond. */
const PAGE_BYTES = 4 * 1024 * 1024
/** A number still missing after so long is that of a batch which the client gave up on. */
const GAP_SECONDS = 10

export interface EventPageQuery {
  readonly updateId: string
  /** Whether no more events can come. */
  readonly ended: boolean
  /** Of the page before; one that we did not make begins at the start. */
  readonly continuationToken: string | undefined
  readonly filter: EventFilter
}

/** With a filter, goes on until it has found something: who asks for one page does not ask again. */
export async function readEventPage(tx: Queryable, query: EventPageQuery): Promise<EventPage> {
  const { updateId, ended, continuationToken, filter } = query
  let next = /^\d{1,9}$/.test(continuationToken ?? '') ? Number(continuationToken) : 0
  const events: string[] = []
  for (;;) {
    const from = next
    const { rows, isCut } = await selectEvents(tx, {
      updateId,
      from,
      limit: PAGE_EVENTS,
      bytes: PAGE_BYTES,
      gapSeconds: GAP_SECONDS,
      ...filter,
    })
    let read = 0
    for (const { sequence, body, type, settled } of rows) {
      if (sequence > next && !ended && !settled) break
      read += 1
      next = sequence + 1
      if (body !== null) events.push(typed(body, type))
    }
    if (ended && read === rows.length && !isCut) return { events, continuationToken: null }
    if (events.length > 0 || next === from) return { events, continuationToken: String(next) }
  }
}

/** Pulumi's API names the type beside the member; the CLI, whose text this is, does not. */
function typed(body: string, type: string): string {
  return type === '' ? body : `{"type":"${type}",${body.slice(1)}`
}

/** Only what the history shows; one that is not as it should be is left out. */
function changesIn(body: Buffer, summary: Span | undefined): EventBatch['resourceChanges'] {
  const span =
    summary && isObject(body, summary) ? membersOf(body, summary).get('resourceChanges') : undefined
  if (!span || !isObject(body, span)) return undefined
  const entries = Object.entries<unknown>(JSON.parse(textOf(body, span)))
  const counted = entries.filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1]))
  return Object.fromEntries(counted)
}

function numberAt(body: Buffer, span: Span | undefined): number | undefined {
  const number = span && /^\d{1,10}$/.test(textOf(body, span)) ? Number(textOf(body, span)) : undefined
  return number !== undefined && number <= LARGEST_SEQUENCE ? number : undefined
}

function malformed(what: string): Refusal {
  return { status: 400, reason: 'malformed_events', message: `The body is not a batch of events: ${what}.` }
}
