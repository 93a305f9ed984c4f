/** What an engine event is and which resource it is about, for readers who ask for some only. */
import { isObject, isString, membersOf, type Span, textOf } from './json-span.ts'

/**
 * Each event has one of these members. Pulumi's service numbers the types and publishes no list: here a type's number is
 * its place in this one, counted from 0, which is the order of the CLI's own declaration.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go EngineEvent
 */
export const EVENT_TYPES = [
  'cancelEvent',
  'stdoutEvent',
  'diagnosticEvent',
  'preludeEvent',
  'summaryEvent',
  'resourcePreEvent',
  'resOutputsEvent',
  'resOpFailedEvent',
  'policyEvent',
  'policyRemediationEvent',
  'policyLoadEvent',
  'policyAnalyzeSummaryEvent',
  'policyRemediateSummaryEvent',
  'policyAnalyzeStackSummaryEvent',
  'startDebuggingEvent',
  'progressEvent',
  'errorEvent',
] as const

export interface EventFilter {
  /** Undefined: all. */
  readonly types: readonly string[] | undefined
  readonly urn: string | undefined
}

/** @param types Names or numbers. Undefined for one that is neither. */
export function eventTypes(types: readonly string[]): string[] | undefined {
  const names = types.map((type) =>
    EVENT_TYPES.find((name, index) => name === type || String(index) === type),
  )
  const known = names.filter((name) => name !== undefined)
  return known.length === names.length ? known : undefined
}

/** @throws {JsonTextError} */
export function aboutEvent(
  bytes: Buffer,
  members: ReadonlyMap<string, Span>,
): { readonly type: string; readonly urn: string | undefined; readonly op: string | undefined } {
  const type = EVENT_TYPES.find((name) => members.has(name)) ?? ''
  const payload = members.get(type)
  if (!payload || !isObject(bytes, payload) || members.has('type'))
    return { type: '', urn: undefined, op: undefined }
  const inside = membersOf(bytes, payload)
  const metadata = inside.get('metadata')
  const place = metadata && isObject(bytes, metadata) ? membersOf(bytes, metadata) : inside
  const op = type === 'resOutputsEvent' ? textAt(bytes, place.get('op')) : undefined
  return {
    type,
    urn: textAt(bytes, place.get('urn') ?? place.get('resourceUrn')),
    op: op !== undefined && OPERATION.test(op) ? op : undefined,
  }
}

/** The engine's words: `update`, `create-replacement`. */
const OPERATION = /^[a-z][a-z-]{0,39}$/

/** PostgreSQL stores neither half a surrogate pair nor a zero; no URN has one. */
function textAt(bytes: Buffer, span: Span | undefined): string | undefined {
  const text: unknown = span && isString(bytes, span) ? JSON.parse(textOf(bytes, span)) : undefined
  const isStorable = typeof text === 'string' && text !== '' && text.isWellFormed() && !text.includes('\0')
  return isStorable ? text : undefined
}
