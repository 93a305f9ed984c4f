/**
 * Engine events: what an update did, for those who watch it and for its history.
 *
 * Owns: an event's text, stored as it came but for our own tokens, and the order in which it is read. The client sends
 * batches in parallel, out of order and twice, numbers the events from 0, and gives up on a batch that fails; readers
 * want them in order and without an end before the end.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Database, Queryable } from '../db/database.ts'
import { type IsOurKid, withoutOurTokens } from './blot.ts'
import { insertEvents, type NewEvent, saveResourceChanges, selectEvents } from './events.sql.ts'
import { elementsOf, isObject, JsonTextError, membersOf, type Span, textOf } from './json-span.ts'
import { type LeaseCall, withLease } from './lease.ts'

export interface EventBatch {
  readonly events: readonly NewEvent[]
  /** From the summary at the end, when the batch has it: how many resources were created, and so on. */
  readonly resourceChanges: Readonly<Record<string, number>> | undefined
}

/** No number of an event is larger. */
const LARGEST_SEQUENCE = 2 ** 31 - 1

export function readEvents(body: Buffer, isOurKid: IsOurKid): EventBatch | Refusal {
  try {
    const list = membersOf(body).get('events')
    if (!list) return malformed('it needs a list "events"')
    const spans = elementsOf(body, list)
    if (spans.some((span) => !isObject(body, span))) return malformed('an event must be an object')
    const bySequence = new Map<number, string>()
    let resourceChanges: EventBatch['resourceChanges']
    for (const span of spans) {
      const members = membersOf(body, span)
      const sequence = numberAt(body, members.get('sequence'))
      if (sequence === undefined) return malformed('each event needs its "sequence", counted from 0')
      bySequence.set(sequence, withoutOurTokens(textOf(body, span), isOurKid))
      resourceChanges = changesIn(body, members.get('summaryEvent')) ?? resourceChanges
    }
    const events = [...bySequence].map(([number, text]) => ({ sequence: number, body: text }))
    return { events, resourceChanges }
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error
    return { status: 400, reason: 'malformed_body', message: error.message }
  }
}

/** An event that was stored before stays as it was: somebody may have read it. */
export async function saveEvents(
  db: Database,
  call: LeaseCall,
  { events, resourceChanges }: EventBatch,
): Promise<Refusal | undefined> {
  return withLease(db, call, async (tx, { id }) => {
    await insertEvents(tx, id, events)
    if (resourceChanges) await saveResourceChanges(tx, id, resourceChanges)
    return undefined
  })
}

export interface EventPage {
  /** JSON texts. */
  readonly events: readonly string[]
  /** Null only when the update has ended and everything was read: the reader stops there. */
  readonly continuationToken: string | null
}

const PAGE_EVENTS = 1_000
const PAGE_CHARACTERS = 4_000_000
/** A number still missing after so long is that of a batch which the client gave up on. */
const GAP_SECONDS = 10

/** @param continuationToken Of the page before; one that we did not make begins at the start. */
export async function readEventPage(
  tx: Queryable,
  updateId: string,
  ended: boolean,
  continuationToken: string | undefined,
): Promise<EventPage> {
  const from = /^\d{1,10}$/.test(continuationToken ?? '') ? Number(continuationToken) : 0
  const rows = await selectEvents(tx, { updateId, from, limit: PAGE_EVENTS, gapSeconds: GAP_SECONDS })
  const events: string[] = []
  let next = from
  let characters = 0
  for (const { sequence, body, settled } of rows) {
    if (characters > PAGE_CHARACTERS || (sequence > next && !ended && !settled)) break
    events.push(body)
    characters += body.length
    next = sequence + 1
  }
  const readAll = ended && events.length === rows.length && rows.length < PAGE_EVENTS
  return { events, continuationToken: readAll ? null : String(next) }
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
