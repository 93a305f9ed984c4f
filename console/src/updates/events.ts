/**
 * What the engine said while it worked, made into what a page shows: a step for each resource, and messages. Events come
 * in order, a few at a time; nothing that stays as it was keeps its values, for an update may have 10,000 of those.
 */

/** @see pulumi sdk/go/common/apitype/events.go StepEventStateMetadata */
export interface ResourceState {
  readonly id?: string
  readonly inputs?: Readonly<Record<string, unknown>>
  readonly outputs?: Readonly<Record<string, unknown>>
}

interface StepMetadata {
  readonly op: string
  readonly urn: string
  readonly type: string
  readonly old?: ResourceState | null
  readonly new?: ResourceState | null
  readonly diffs?: readonly string[] | null
  readonly detailedDiff?: Readonly<Record<string, { readonly diffKind?: string }>> | null
}

interface Said {
  readonly urn?: string
  readonly resourceUrn?: string
  readonly message: string
  readonly severity?: string
  readonly prefix?: string
  readonly ephemeral?: boolean
}

export interface EngineEvent {
  readonly sequence: number
  /** Unix seconds. */
  readonly timestamp?: number
  readonly resourcePreEvent?: { readonly metadata: StepMetadata }
  readonly resOutputsEvent?: { readonly metadata: StepMetadata }
  readonly resOpFailedEvent?: { readonly metadata: StepMetadata }
  readonly diagnosticEvent?: Said
  readonly stdoutEvent?: Said
  readonly policyEvent?: Said & { readonly policyName?: string; readonly enforcementLevel?: string }
  readonly errorEvent?: { readonly error: string }
}

/** The types to ask the server for: all that is read here. */
export const READ_TYPES = [
  'resourcePreEvent',
  'resOutputsEvent',
  'resOpFailedEvent',
  'diagnosticEvent',
  'stdoutEvent',
  'policyEvent',
  'errorEvent',
] as const

export interface Step {
  /** Its place in the update. */
  readonly key: string
  readonly op: string
  readonly urn: string
  readonly type: string
  readonly state: 'begun' | 'done' | 'failed'
  readonly old: ResourceState | undefined
  readonly new: ResourceState | undefined
  /** Paths of properties that the provider says differ, also where both values are secret. */
  readonly differing: readonly string[]
}

export interface Message {
  readonly key: number
  readonly severity: 'error' | 'warning' | 'info' | 'debug'
  /** With the engine's color marks. */
  readonly text: string
  readonly urn: string
}

export interface Told {
  readonly steps: readonly Step[]
  readonly messages: readonly Message[]
}

export const NOTHING_TOLD: Told = { steps: [], messages: [] }

export function tell(told: Told, events: readonly EngineEvent[]): Told {
  if (events.length === 0) return told
  const steps = new Map(told.steps.map((step) => [step.key, step]))
  const messages = [...told.messages]
  for (const event of events) {
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent } = event
    if (resourcePreEvent) put(steps, stepFrom(resourcePreEvent.metadata, 'begun'))
    if (resOutputsEvent) put(steps, stepFrom(resOutputsEvent.metadata, 'done'))
    if (resOpFailedEvent) put(steps, stepFrom(resOpFailedEvent.metadata, 'failed'))
    const message = messageFrom(event)
    if (message) messages.push(message)
  }
  return { steps: [...steps.values()], messages }
}

/** A later event of the same step knows more, but its differences may stand in the first one alone. */
function put(steps: Map<string, Step>, step: Step): void {
  const before = steps.get(step.key)
  const differing = step.differing.length > 0 ? step.differing : (before?.differing ?? [])
  steps.set(step.key, { ...step, old: step.old ?? before?.old, new: step.new ?? before?.new, differing })
}

function stepFrom(metadata: StepMetadata, state: Step['state']): Step {
  const { op, urn, type } = metadata
  const step = { key: `${op} ${urn}`, op, urn, type, state }
  if (op === 'same') return { ...step, old: undefined, new: undefined, differing: [] }
  const differing = Object.keys(metadata.detailedDiff ?? {})
  return {
    ...step,
    old: metadata.old ?? undefined,
    new: metadata.new ?? undefined,
    differing: differing.length > 0 ? differing : (metadata.diffs ?? []),
  }
}

function messageFrom({ sequence, ...event }: EngineEvent): Message | undefined {
  const { diagnosticEvent, stdoutEvent, policyEvent, errorEvent } = event
  if (errorEvent) return { key: sequence, severity: 'error', text: errorEvent.error, urn: '' }
  const said = diagnosticEvent ?? policyEvent ?? stdoutEvent
  if (!said || said.ephemeral || said.message.trim() === '') return undefined
  const severity = policyEvent
    ? policyEvent.enforcementLevel === 'mandatory'
      ? 'error'
      : 'warning'
    : severityOf(said.severity)
  return {
    key: sequence,
    severity,
    text: `${said.prefix ?? ''}${said.message}`.trimEnd(),
    urn: said.urn ?? said.resourceUrn ?? '',
  }
}

function severityOf(word: string | undefined): Message['severity'] {
  if (word === 'error' || word === 'warning' || word === 'debug') return word
  return 'info'
}
